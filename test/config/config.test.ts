import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { readConfig, seconds } from '../../src/config/config.ts'
import { type Environment, toConfigError } from '../../src/config/environment.ts'
import { looksRandom } from '../../src/config/secret-strength.ts'
import { generateSecret } from '../../src/keys/secrets.ts'
import { folderWithoutSettings } from '../support/folders.ts'
import { envExample, packageFile, target, withheldFromTests } from '../support/generate-env-example.ts'

const STRONG = 'q7N2vX9sLw4Zk8Rt3Yb6Mc1Pf5Hd0Jg-'
const ISSUER = 'https://auth.example.com'

const wrong: readonly (readonly [Partial<Record<keyof Environment, unknown>>, string])[] = [
  [
    { ACCESS_TOKEN_TTL: 'soon' },
    'ACCESS_TOKEN_TTL must be a duration such as 90s, 15m, 12h or 30d, or a number of seconds',
  ],
  [
    { ROTATION_GRACE: '-1s' },
    'ROTATION_GRACE must be a duration such as 90s, 15m, 12h or 30d, or a number of seconds',
  ],
  [{ PORT: 'http' }, 'PORT must be a whole number from 0 to 65535'],
  [{ PASSWORD_MIN_LENGTH: '7' }, 'PASSWORD_MIN_LENGTH must be a whole number from 8 to 64'],
  [{ MAX_SESSIONS_PER_USER: '0' }, 'MAX_SESSIONS_PER_USER must be a whole number from 1 to 1000000'],
  [
    { APP_NAME: 'x'.repeat(41) },
    'APP_NAME must be 1 to 40 characters on one line, without a space at the beginning or the end',
  ],
  [
    { APP_NAME: ' Ours' },
    'APP_NAME must be 1 to 40 characters on one line, without a space at the beginning or the end',
  ],
  [
    { APP_NAME: 'Ours ' },
    'APP_NAME must be 1 to 40 characters on one line, without a space at the beginning or the end',
  ],
  [
    { APP_COLOR: 'green' },
    'APP_COLOR must be a colour such as 0d6a4a or "#0d6a4a". Without the quotes, # begins a comment in .env',
  ],
  [
    { APP_COLOR: '#0d6a4' },
    'APP_COLOR must be a colour such as 0d6a4a or "#0d6a4a". Without the quotes, # begins a comment in .env',
  ],
  [
    { APP_COLOR: '#0d6a4a80' },
    'APP_COLOR must be a colour such as 0d6a4a or "#0d6a4a". Without the quotes, # begins a comment in .env',
  ],
  [
    { APP_COLOR: '#0d6a4a;}' },
    'APP_COLOR must be a colour such as 0d6a4a or "#0d6a4a". Without the quotes, # begins a comment in .env',
  ],
  [
    { APP_COLOR: 'rgb(0,0,0)' },
    'APP_COLOR must be a colour such as 0d6a4a or "#0d6a4a". Without the quotes, # begins a comment in .env',
  ],
  ...[
    'http://mail.example.com',
    'smtp:mail',
    'smtp://',
    'smtp://mail.example.com/path',
    'smtp://a b',
    'smtp://u:%ff@mail.example.com',
    'smtps://mail.example.com?tls=no',
    'smtp://:99999',
  ].map(
    (MAIL_URL) =>
      [
        { MAIL_URL, MAIL_FROM: 'a@example.com' },
        'MAIL_URL must be smtp:// or smtps:// with user, password, host and port, such as smtps://user:password@mail.example.com:465, or log: outside production',
      ] as const,
  ),
  ...[
    'Ada',
    'a@example.com, b@example.com',
    'Ada <a@example.com>\r\nBcc: b@example.com',
    'A\nB <a@example.com>',
  ].map(
    (MAIL_FROM) =>
      [
        { MAIL_FROM },
        'MAIL_FROM must be an address such as accounts@example.com, or Name <address>',
      ] as const,
  ),
  [
    { MAIL_URL: 'smtp://mail.example.com' },
    'MAIL_FROM must be set with MAIL_URL. Set it to the sender, such as Name <address>',
  ],
  [
    { NODE_ENV: 'test', EMAIL_VERIFICATION: 'required' },
    'EMAIL_VERIFICATION=required needs mail: without it, no new account could sign in. Set MAIL_URL and MAIL_FROM, or set EMAIL_VERIFICATION to optional or off',
  ],
  [{ EMAIL_VERIFICATION: 'yes' }, 'EMAIL_VERIFICATION must be one of: off, optional, required'],
  [{ PUBLIC_URL: 'example.com' }, 'PUBLIC_URL must be a URL such as https://app.example.com'],
  [{ REGISTRATION: 'maybe' }, 'REGISTRATION must be one of: open, closed'],
  [{ COOKIE_SECURE: 'yes' }, 'COOKIE_SECURE must be true or false'],
  [
    { SECRET_KEY: 'short' },
    'SECRET_KEY must be one or more secrets of at least 32 bytes, separated by commas',
  ],
  [
    { SECRET_KEY: `${STRONG},short` },
    'SECRET_KEY has a secret of less than 32 bytes. Run `npx tacit secret` for a new one',
  ],
  [
    { SECRET_KEY: `${STRONG},of-31-bytes-with-many-letters-x` },
    'SECRET_KEY has a secret of less than 32 bytes. Run `npx tacit secret` for a new one',
  ],
  ...[
    'a'.repeat(64),
    'abcabc'.repeat(8),
    '417503862157403186250738416520371846',
    'abcdefghij'.repeat(4),
    'correct-horse-battery-'.repeat(2),
    `${STRONG},${'0123456789'.repeat(4)}`,
  ].map(
    (SECRET_KEY) =>
      [
        { SECRET_KEY, INSECURE_SECRET_KEY: 'false' },
        'SECRET_KEY repeats itself or has few different characters, so an attacker can guess it. Run `npx tacit secret` for a new one. To start with a weak secret, set INSECURE_SECRET_KEY=true',
      ] as const,
  ),
  [
    { SECRET_KEY: 'short'.repeat(6), INSECURE_SECRET_KEY: 'true' },
    'SECRET_KEY must be one or more secrets of at least 32 bytes, separated by commas',
  ],
  [{ INSECURE_SECRET_KEY: 'yes' }, 'INSECURE_SECRET_KEY must be true or false'],
  [{ INSECURE_COOKIES: 'yes' }, 'INSECURE_COOKIES must be true or false'],
  ...[{}, { INSECURE_COOKIES: 'false' }].map(
    (insecure) =>
      [
        { NODE_ENV: 'production', SECRET_KEY: STRONG, ISSUER, COOKIE_SECURE: 'false', ...insecure },
        'COOKIE_SECURE must not be false in production: browsers would send session cookies unencrypted. Leave it out. To start without encryption, set INSECURE_COOKIES=true',
      ] as const,
  ),
  [
    { DATABASE_URL: 'mysql://x' },
    'DATABASE_URL must be file: and a path, such as file:./data/tacit.db, or :memory:, or a URL that begins with postgres://',
  ],
  [{ DATABASE_CONNECTIONS: '0' }, 'DATABASE_CONNECTIONS must be a whole number from 1 to 1000'],
  [{ FEED_MAX_LAG: '49ms' }, 'FEED_MAX_LAG must be from 50ms to 5s'],
  [{ FEED_MAX_LAG: '6s' }, 'FEED_MAX_LAG must be from 50ms to 5s'],
  ...[
    'https://app.example.com/',
    'https://App.example.com',
    'https://app.example.com:443',
    'https://app.example.com?',
    'https://a.example,https://[',
  ].map(
    (TRUSTED_ORIGINS) =>
      [
        { TRUSTED_ORIGINS },
        'TRUSTED_ORIGINS must be origins separated by commas, such as https://app.example.com',
      ] as const,
  ),
  ...['true', 'proxy.example', '10.0.0.0/33', '10.0.0.0/0', '::1/129', '10.0.0.0/8/8', '127.0.0.1,'].map(
    (TRUST_PROXY) =>
      [
        { TRUST_PROXY },
        'TRUST_PROXY must be addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8',
      ] as const,
  ),
  [
    { PORT: 'http', LOG_LEVEL: 'loud' },
    'PORT must be a whole number from 0 to 65535; LOG_LEVEL must be one of: fatal, error, warn, info, debug, trace, silent',
  ],
  [
    { ACCESS_TOKEN_TTL: '73s' },
    'ACCESS_TOKEN_TTL, less the 5 % of its jitter, must be longer than ROTATION_SETTLE and ROTATION_GRACE together',
  ],
  [
    { SESSION_IDLE_TTL: '70s' },
    'SESSION_IDLE_TTL must be longer than ROTATION_SETTLE and ROTATION_GRACE together',
  ],
  [{ SESSION_TTL: '70s' }, 'SESSION_TTL must be longer than ROTATION_SETTLE and ROTATION_GRACE together'],
  [
    { ROTATION_SETTLE: '1d', ACCESS_TOKEN_TTL: '2d' },
    'SESSION_IDLE_TTL must be longer than ROTATION_SETTLE and ROTATION_GRACE together',
  ],
  ...[{ SESSION_IDLE_TTL: '16m' }, { ACCESS_TOKEN_TTL: '1439m' }].map(
    (settings) =>
      [
        settings,
        'SESSION_IDLE_TTL, which is at most 1d without "remember", must be longer than ACCESS_TOKEN_TTL and ROTATION_SETTLE together. Otherwise an active browser is signed out',
      ] as const,
  ),
  [{ REQUEST_TIMEOUT: '25h' }, 'REQUEST_TIMEOUT must be at most 1d'],
  [{ CONNECTION_TIMEOUT: '25h' }, 'CONNECTION_TIMEOUT must be at most 1d'],
  [
    { NODE_ENV: 'production', SECRET_KEY: STRONG },
    'ISSUER must be set in production. Set it to the URL of the service, such as https://auth.example.com',
  ],
  [
    { KEY_ROTATION: '5m' },
    'KEY_ROTATION must be at least 10m: other services keep the key set for 5 minutes',
  ],
  [{ NODE_ENV: 'production' }, 'SECRET_KEY must be set in production. Run `npx tacit secret --write .env`'],
]

for (const [environment, message] of wrong) {
  t.test(
    `refuses ${JSON.stringify(environment)} with a line that names the setting and what it accepts`,
    async (t) => {
      t.throws(() => readConfig(environment as Partial<Environment>), { name: 'ConfigError', message })
    },
  )
}

t.test('accepts a setting at the exact bound that another setting gives', async (t) => {
  t.equal(readConfig({ ACCESS_TOKEN_TTL: '74s' }).accessTtlSeconds, 74)
  t.match(readConfig({ ACCESS_TOKEN_TTL: '74s', SESSION_IDLE_TTL: '135s', SESSION_TTL: '71s' }), {
    idleTtlSeconds: 135,
    sessionTtlSeconds: 71,
  })
  t.match(readConfig({ REQUEST_TIMEOUT: '1d', CONNECTION_TIMEOUT: '1d' }), { requestTimeoutSeconds: 86_400 })
  t.doesNotThrow(() => {
    t.equal(readConfig({ NODE_ENV: 'production', SECRET_KEY: STRONG, ISSUER }).cookieSecure, true)
  })
  t.equal(readConfig({}).cookieSecure, false)
})

t.test('starts with a weak secret or with insecure cookies if an INSECURE_ setting says so', async (t) => {
  const insecure = { COOKIE_SECURE: 'false', INSECURE_COOKIES: 'true', INSECURE_SECRET_KEY: 'true' }
  t.match(readConfig({ NODE_ENV: 'production', SECRET_KEY: STRONG, ISSUER, ...insecure }), {
    cookieSecure: false,
    insecureSettings: ['INSECURE_COOKIES'],
  })
  const SECRET_KEY = 'a'.repeat(32)
  t.match(readConfig({ NODE_ENV: 'production', ISSUER, SECRET_KEY, INSECURE_SECRET_KEY: 'true' }), {
    cookieSecure: true,
    insecureSettings: ['INSECURE_SECRET_KEY'],
  })
  t.strictSame(readConfig({ SECRET_KEY: STRONG, ...insecure }).insecureSettings, [])
})

t.test('accepts secrets of common generators', async (t) => {
  for (let round = 0; round < 2_000; round += 1) {
    const secrets = [generateSecret(), randomBytes(32).toString('hex')]
    const weak = secrets.filter((secret) => !looksRandom(secret))
    if (weak.length > 0) t.fail(`looks weak: ${weak}`)
  }
})

t.test('passes on settings that need no validation as they are', async (t) => {
  const error = new Error('something else')
  t.equal(toConfigError(error), error)
})

t.test('reads durations in their units', async (t) => {
  t.equal(seconds('500ms'), 0.5)
  t.same(['90', '90s', '15m', '12h', '30d'].map(seconds), [90, 90, 900, 43_200, 2_592_000])
})

t.test('ends an idle session after a day at most without "remember"', async (t) => {
  t.equal(readConfig({}).idleTtlUnrememberedSeconds, 86_400)
  t.equal(readConfig({ SESSION_IDLE_TTL: '1h' }).idleTtlUnrememberedSeconds, 3_600)
})

t.test('derives issuer and audience without the port unless they are set', async (t) => {
  t.match(readConfig({ PORT: 4_000 }), { issuer: 'http://localhost', audience: 'http://localhost' })
  t.match(readConfig({ ISSUER: 'https://auth.example.com/' }), { issuer: 'https://auth.example.com' })
  t.match(readConfig({ AUDIENCE: 'movies' }), { audience: 'movies' })
})

t.test('treats an empty variable as one that is not set', async (t) => {
  process.env.ISSUER = ''
  t.teardown(() => Reflect.deleteProperty(process.env, 'ISSUER'))
  t.equal(readConfig({}).issuer, 'http://localhost')
})

t.test('takes a name in any script, and a colour with or without #', async (t) => {
  t.match(readConfig({}), { appName: 'Tacit', appColor: undefined })
  for (const name of ['x', '🙂'.repeat(40), '株式会社 テスト', 'a < b & "c"']) {
    t.equal(readConfig({ APP_NAME: name }).appName, name)
  }
  for (const name of ['two\nlines', 'a\u2028b', 'a\u0000b', 'a\u001bb']) {
    t.throws(() => readConfig({ APP_NAME: name }), { message: /^APP_NAME must be 1 to 40 characters/ })
  }
  for (const color of ['0D6A4A', '#0d6a4a']) {
    t.equal(readConfig({ APP_COLOR: color }).appColor, '#0d6a4a')
  }
})

t.test('splits lists', async (t) => {
  const { trustedOrigins, secrets } = readConfig({
    TRUSTED_ORIGINS: 'https://a.example,http://localhost:5173',
    SECRET_KEY: `${STRONG}, ${STRONG}-2`,
  })
  t.same(trustedOrigins, ['https://a.example', 'http://localhost:5173'])
  t.same(secrets, [STRONG, `${STRONG}-2`])
})

t.test('accepts IPv4 and IPv6 addresses and networks as proxies', async (t) => {
  const TRUST_PROXY = '127.0.0.1,10.0.0.0/8,::1,fd00::/8,192.0.2.1/32,2001:db8::1/128'
  t.equal(readConfig({ TRUST_PROXY }).trustProxy, TRUST_PROXY)
})

t.test('.env.example is what the schema generates', async (t) => {
  t.equal(
    readFileSync(target, 'utf8'),
    envExample(),
    'regenerate it with test/support/generate-env-example.ts',
  )
})

t.test('starts a test without the settings of its caller', async (t) => {
  const { tap } = JSON.parse(readFileSync(packageFile, 'utf8'))
  t.strictSame(
    tap['test-env'],
    withheldFromTests(),
    'regenerate it with test/support/generate-env-example.ts',
  )
  // The test runner sets this one itself, after it has taken out the caller's.
  const withheld = withheldFromTests().filter((name) => name !== 'NODE_OPTIONS')
  t.strictSame(
    withheld.filter((name) => name in process.env),
    [],
  )
})

t.test('exits with one line and status 1 when a setting is wrong', async (t) => {
  const child = spawn(process.execPath, ['node_modules/.bin/fastify', 'start', '-o', 'src/app.ts'], {
    cwd: folderWithoutSettings(t),
    env: { ...process.env, PORT: 'http', DATABASE_URL: ':memory:' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  t.equal(stderr.trim(), 'ConfigError: PORT must be a whole number from 0 to 65535')
  t.equal(status, 1)
})

t.test('sends mail as MAIL_URL says, to the log in development, and none by default elsewhere', async (t) => {
  const environment = { SECRET_KEY: STRONG, ISSUER, MAIL_FROM: 'Movies <accounts@example.com>' }
  const mailOf = (settings: Partial<Environment>) => readConfig({ ...environment, ...settings }).mail
  t.equal(mailOf({ NODE_ENV: 'production' }), null)
  t.equal(mailOf({ NODE_ENV: 'test' }), null)
  t.strictSame(mailOf({ NODE_ENV: 'development' }), { from: environment.MAIL_FROM, smtp: null })
  t.throws(() => mailOf({ NODE_ENV: 'production', MAIL_URL: 'log:' }), {
    name: 'ConfigError',
    message: /^MAIL_URL must not be log: in production/,
  })
  const smtp = { host: 'mail.example.com', port: 587, secure: false, auth: undefined, insecure: false }
  const of = (MAIL_URL: string, more: Partial<Environment> = {}) =>
    mailOf({ NODE_ENV: 'production', MAIL_URL, ...more })?.smtp
  t.strictSame(of('smtp://mail.example.com'), smtp)
  t.strictSame(of('smtp://mail.example.com:25', { INSECURE_MAIL: 'true' }), {
    ...smtp,
    port: 25,
    insecure: true,
  })
  const auth = { user: 'ada@x', pass: 'p:ss' }
  t.strictSame(of('smtps://ada%40x:p%3Ass@mail.example.com/'), { ...smtp, port: 465, secure: true, auth })
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    t.match(of(`smtp://${host}:2525`), { insecure: true })
  t.match(of('smtp://localhost.example.com'), { insecure: false })
})

t.test('warns of mail without encryption', async (t) => {
  const settings = { SECRET_KEY: STRONG, ISSUER, INSECURE_MAIL: 'true' }
  t.strictSame(readConfig(settings).insecureSettings, ['INSECURE_MAIL'])
})

t.test('PUBLIC_URL has no slash at its end, and no default', async (t) => {
  const settings = { SECRET_KEY: STRONG, NODE_ENV: 'test' }
  t.equal(readConfig({ ...settings, ISSUER }).publicUrl, undefined)
  t.equal(
    readConfig({ ...settings, ISSUER, PUBLIC_URL: 'https://app.example.com/a//' }).publicUrl,
    'https://app.example.com/a',
  )
})
