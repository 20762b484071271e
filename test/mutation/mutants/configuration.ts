import { mutantsOf } from '../mutant.ts'

const SETTINGS = ['test/config/config.test.ts']

export const configuration = [
  ...mutantsOf('src/config/config.ts', SETTINGS, [
    {
      name: 'settings: production starts without a secret',
      from: 'if (production && secrets === undefined)',
      to: 'if (production && secrets?.length === 0)',
    },
    {
      name: 'settings: a short secret is enough',
      from: 'Buffer.byteLength(secret) < 32',
      to: 'secret === undefined',
    },
    {
      name: 'settings: production starts with cookies in the clear',
      from: 'production && !cookieSecure',
      to: 'false',
    },
    {
      name: 'settings: a secret that repeats itself is enough',
      from: 'secrets?.every(looksRandom) === false',
      to: 'false',
    },
    {
      name: 'settings: a trusted origin may have a path',
      from: 'new URL(text).origin === text',
      to: "text !== ''",
    },
    { name: 'settings: any trusted proxy', from: 'Number(prefix) <= maxPrefix', to: 'maxPrefix >= 0' },
    {
      name: 'settings: lives no longer than settle time and grace',
      from: 'if (ttlSeconds > minSeconds) continue',
      to: 'if (ttlSeconds >= minSeconds) continue',
    },
    {
      name: 'settings: the jitter of access tokens is forgotten',
      from: 'shortestTtl(accessTtlSeconds)',
      to: 'accessTtlSeconds',
    },
    {
      name: 'settings: production without an issuer',
      from: 'production && env.ISSUER === undefined',
      to: 'false',
    },
    {
      name: 'settings: the issuer depends on the port',
      from: "env.ISSUER ?? 'http://localhost'",
      to: 'env.ISSUER ?? `http://localhost:${env.PORT}`',
    },
    { name: 'settings: milliseconds are seconds', from: 'ms: 0.001', to: 'ms: 1' },
    {
      name: 'settings: sessions that are not remembered stay as long as others',
      from: 'Math.min(idleTtlSeconds, DAY_SECONDS)',
      to: 'idleTtlSeconds',
    },
    {
      name: 'settings: cookies are not Secure in production',
      from: 'env.COOKIE_SECURE === undefined ? production',
      to: 'env.COOKIE_SECURE === undefined ? false',
    },
    { name: 'settings: the audience is no one', from: 'env.AUDIENCE ?? issuer', to: "env.AUDIENCE ?? ''" },
    {
      name: 'settings: registration is always open',
      from: "env.REGISTRATION === 'open'",
      to: "env.REGISTRATION !== ''",
      tests: ['test/routes/auth/register.test.ts'],
    },
    {
      name: 'settings: the example application in production',
      from: 'env.PAGES === undefined ? development',
      to: 'env.PAGES === undefined ? true',
      tests: ['test/routes/pages/pages.test.ts'],
    },
  ]),
  ...mutantsOf('src/config/secret-strength.ts', SETTINGS, [
    {
      name: 'settings: a secret of nine characters is enough',
      from: 'new Set(secret).size < MIN_DIFFERENT_CHARACTERS',
      to: "secret === ''",
    },
  ]),
  ...mutantsOf(
    'src/config/file-modes.ts',
    ['test/plugins/file-modes.test.ts'],
    [
      {
        name: 'files: a group may read them',
        from: 'const GROUP_AND_OTHERS = 0o066',
        to: 'const GROUP_AND_OTHERS = 0o006',
      },
    ],
  ),
  ...mutantsOf(
    'src/config/misspelt-settings.ts',
    ['test/config/misspelt-settings.test.ts'],
    [
      { name: 'settings: no name is misspelt', from: 'const MAX_DISTANCE = 2', to: 'const MAX_DISTANCE = 1' },
      {
        name: 'settings: variables of other programs are misspelt',
        from: 'const MIN_LENGTH_IN_ENVIRONMENT = 8',
        to: 'const MIN_LENGTH_IN_ENVIRONMENT = 4',
      },
    ],
  ),
  ...mutantsOf(
    'src/cli/secret-file.ts',
    ['test/cli/maintenance.test.ts'],
    [
      {
        name: 'files: an .env keeps its mode',
        from: 'fchmodSync(descriptor, OWNER_ONLY)',
        to: 'fchmodSync(descriptor, 0o644)',
      },
    ],
  ),
]
