import { hkdfSync } from 'node:crypto'
import fs, { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import {
  deriveKeys,
  developmentSecret,
  developmentSecretPath,
  generateSecret,
} from '../../src/keys/secrets.ts'
import { buildApp, signUp } from '../support/app.ts'
import { atTheSameTime } from '../support/at-the-same-time.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ONE = 'q7N2vX9sLw4Zk8Rt3Yb6Mc1Pf5Hd0Jg-'
const OTHER = 'Zk8Rt3Yb6Mc1Pf5Hd0Jg-q7N2vX9sLw4'
const hkdf = (secret: string, info: string) => Buffer.from(hkdfSync('sha256', secret, '', info, 32))

t.test('derives keys by HKDF-SHA256 from the secret and the name of their purpose', async (t) => {
  const { accessToken, refreshToken, deviceCookie } = deriveKeys([ONE])
  t.strictSame(accessToken[0].secret, hkdf(ONE, 'tacit/access-token/v1'))
  t.strictSame(refreshToken[0], hkdf(ONE, 'tacit/refresh-token/v1'))
  t.strictSame(deviceCookie[0], hkdf(ONE, 'tacit/device-cookie/v1'))
})

t.test('a ring has keys for every secret, the current one first', async (t) => {
  const ring = deriveKeys([ONE, OTHER])
  t.strictSame(ring.accessToken, [deriveKeys([ONE]).accessToken[0], deriveKeys([OTHER]).accessToken[0]])
  for (const purpose of ['refreshToken', 'deviceCookie'] as const) {
    t.strictSame(ring[purpose], [deriveKeys([ONE])[purpose][0], deriveKeys([OTHER])[purpose][0]])
  }
})

t.test('a kid identifies its key, and shows nothing of it', async (t) => {
  const [{ kid, secret }] = deriveKeys([ONE]).accessToken
  t.match(kid, /^[\w-]{12}$/)
  t.not(kid, deriveKeys([OTHER]).accessToken[0].kid)
  t.notOk(secret.toString('base64url').includes(kid))
})

t.test('generates a strong secret, and another each time', async (t) => {
  t.match(generateSecret(), /^[\w-]{43}$/)
  t.not(generateSecret(), generateSecret())
})

t.test('makes a development secret once, readable by its owner only', async (t) => {
  const directory = join(temporaryDirectory(t), 'data')
  const made = developmentSecret(`file:${directory}/tacit.db`)
  t.match(made.secret, /^[\w-]{43}$/)
  t.equal(made.path, join(directory, 'development-secret.key'))
  t.equal(statSync(join(directory, 'development-secret.key')).mode & 0o777, 0o600)
  t.strictSame(developmentSecret(`file:${directory}/tacit.db`), made)
  t.strictSame(readdirSync(directory), ['development-secret.key'], 'nothing else is left')
})

t.test('uses a secret file that exists', async (t) => {
  const directory = temporaryDirectory(t)
  writeFileSync(join(directory, 'development-secret.key'), `${ONE}\n`)
  t.equal(developmentSecret(`file:${directory}/tacit.db`).secret, ONE)
})

t.test('stops the start for a file without a whole secret', async (t) => {
  const directory = temporaryDirectory(t)
  const path = join(directory, 'development-secret.key')
  for (const content of ['', '\n', 'half a sec']) {
    writeFileSync(path, content)
    t.throws(() => developmentSecret(`file:${directory}/tacit.db`), {
      name: 'ConfigError',
      message: `${path} must have a secret of at least 32 bytes. Delete it to get a new one`,
    })
    t.equal(readFileSync(path, 'utf8'), content, 'it is not overwritten')
  }
})

t.test('makes a temporary secret without a file for a database in memory', async (t) => {
  const made = developmentSecret(':memory:')
  t.equal(made.path, null)
  t.not(made.secret, developmentSecret(':memory:').secret)
})

t.test('processes that start together use one secret', async (t) => {
  const directory = temporaryDirectory(t)
  const secrets = await atTheSameTime(4, 'ask for the secret', join(directory, 'tacit.db'))
  t.strictSame(new Set(secrets), new Set([readFileSync(join(directory, 'development-secret.key'), 'utf8')]))
  t.strictSame(readdirSync(directory), ['development-secret.key'])
})

t.test('reports a disk that cannot store the secret, and leaves no partial file', async (t) => {
  const directory = temporaryDirectory(t)
  const { linkSync } = fs
  t.teardown(() => {
    fs.linkSync = linkSync
    syncBuiltinESMExports()
  })
  fs.linkSync = () => {
    throw Object.assign(new Error('no links here'), { code: 'EPERM' })
  }
  syncBuiltinESMExports()
  t.throws(() => developmentSecret(`file:${directory}/tacit.db`), {
    name: 'ConfigError',
    message: `SECRET_KEY is not set, and ${directory}/development-secret.key cannot be written: no links here. Set SECRET_KEY`,
  })
  t.strictSame(readdirSync(directory), [])
})

t.test('keeps the development secret in the folder data if the database is on a server', async (t) => {
  t.equal(developmentSecretPath('postgres://tacit@localhost/tacit'), 'data/development-secret.key')
})

t.test('logs where the development secret is, and never its value', async (t) => {
  const directory = temporaryDirectory(t)
  const lines: string[] = []
  const url = `file:${directory}/tacit.db`
  const environment = { NODE_ENV: 'development', DATABASE_URL: url, SECRET_KEY: '' }
  const { SECRET_KEY: _none, ...unset } = environment
  const start = () =>
    buildApp(t, {
      environment: { ...unset, SECRET_KEY: undefined as unknown as string },
      log: (line) => lines.push(line),
    })
  const service = await start()
  const browser = await signUp(service)
  const { secret, path } = developmentSecret(url)
  t.match(lines.join(''), `using the development secret kept in ${path}`)
  t.notMatch(lines.join(''), secret)
  await service.app.close()
  t.equal(
    (await (await start()).request({ url: '/me' }, browser)).statusCode,
    200,
    'sessions outlive a restart',
  )
})
