import { mutantsOf } from '../mutant.ts'

export const secrets = mutantsOf(
  'src/keys/secrets.ts',
  ['test/keys/secrets.test.ts'],
  [
    { name: 'keys: one key for every purpose', from: '`tacit/${purpose}/v1`', to: '`tacit/v1`' },
    {
      name: 'keys: device cookies use the key of refresh tokens',
      from: "subkeys('device-cookie')",
      to: "subkeys('refresh-token')",
    },
    {
      name: 'keys: older secrets verify no refresh token',
      from: '...older.map((secret) => subkey(secret, purpose)),',
      to: '',
    },
    {
      name: 'keys: older secrets verify no access token',
      from: '[signingKey(current), ...older.map(signingKey)]',
      to: '[signingKey(current)]',
    },
    {
      name: 'keys: the kid is the beginning of the key',
      from: "createHash('sha256').update(key).digest('base64url')",
      to: "key.toString('base64url')",
    },
    { name: 'development secret: everybody may read the file', from: 'mode: 0o600', to: 'mode: 0o644' },
    {
      name: 'development secret: a file that was cut short is a secret',
      from: 'Buffer.byteLength(secret) < KEY_BYTES',
      to: "secret === ''",
    },
    {
      name: 'development secret: each process writes its own over the file',
      from: 'linkSync(draft, path)',
      to: "writeFileSync(path, readFileSync(draft, 'utf8'))",
    },
  ],
)
