/**
 * Every setting in one schema. Validation, defaults, the type and .env.example come from it.
 * A wrong setting stops the start with one line that names it and says what is accepted.
 * Plain JSON Schema: loading typebox would take longer than most commands of the command line.
 */
import envSchema from 'env-schema'
import { ConfigError } from './config-error.ts'

const STRING = { type: 'string' } as const

const duration = (fallback: string, description: string) => ({
  ...STRING,
  pattern: '^[1-9][0-9]*(ms|s|m|h|d)?$',
  default: fallback,
  description,
  $comment: 'a duration such as 90s, 15m, 12h or 30d, or a number of seconds',
})
const whole = (fallback: number, minimum: number, maximum: number, description: string) => ({
  type: 'integer' as const,
  minimum,
  maximum,
  default: fallback,
  description,
  $comment: `a whole number from ${minimum} to ${maximum}`,
})
const text = (pattern: string, description: string, $comment: string) => ({
  ...STRING,
  pattern,
  description,
  $comment,
})
const choice = <const Values extends string[]>(
  values: [...Values],
  fallback: Values[number],
  description: string,
) => ({
  ...STRING,
  enum: values,
  default: fallback,
  description,
  $comment: `one of: ${values.join(', ')}`,
})
const boolean = (description: string) => ({
  ...STRING,
  enum: ['true', 'false'] as ('true' | 'false')[],
  description,
  $comment: 'true or false',
})

const properties = {
  NODE_ENV: choice(
    ['development', 'production', 'test'],
    'development',
    'Production requires a strong SECRET_KEY and an ISSUER, and sends Secure cookies.',
  ),
  SECRET_KEY: text(
    '^.{32,}$',
    'The secret from which the keys of tokens are derived. If there are several, the first signs and all verify. Run `npx tacit secret --write .env`. Without it, development creates a secret and keeps it beside the database.',
    'one or more secrets of at least 32 bytes, separated by commas',
  ),
  ISSUER: text(
    '^https?://[^\\s]+$',
    'The name of the service in tokens (iss), the same for all of its processes. The default is http://localhost, without a port. Production requires a value.',
    'a URL such as https://auth.example.com',
  ),
  AUDIENCE: text(
    '^\\S+$',
    'The audience of access tokens (aud). The default is the issuer.',
    'a name or URL without spaces',
  ),
  PORT: whole(3000, 0, 65_535, 'The port that the service listens on.'),
  FASTIFY_ADDRESS: text(
    '^\\S+$',
    'The address that the service listens on. The default of fastify-cli is localhost, and in a container every address.',
    'an address such as 0.0.0.0',
  ),
  WORKERS: {
    ...STRING,
    pattern: '^(auto|[1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-6])$',
    default: '1',
    description:
      'The number of processes that `tacit start` runs on one port: auto is one for each core. Limits are counted once for all of them.',
    $comment: 'auto, or a whole number from 1 to 256',
  },
  REDIS_URL: text(
    '^rediss?://\\S+$',
    'A Redis that counts the limits for several machines. While it is away, each machine counts in its own memory.',
    'a URL such as redis://:password@127.0.0.1:6379, or rediss:// for TLS',
  ),
  DATABASE_URL: {
    ...STRING,
    pattern: '^(file:.+|:memory:|postgres(ql)?://\\S+)$',
    default: 'file:./data/tacit.db',
    description:
      'The database: a file of SQLite, which is created if it does not exist, or a database of PostgreSQL, such as postgres://tacit:password@db.example.com/tacit?sslmode=verify-full.',
    $comment:
      'file: and a path, such as file:./data/tacit.db, or :memory:, or a URL that begins with postgres://',
  },
  DATABASE_CONNECTIONS: whole(
    10,
    1,
    1_000,
    'Maximum number of connections of one process to PostgreSQL. The change feed has one more.',
  ),
  FEED_MAX_LAG: duration(
    '250ms',
    'On PostgreSQL: how long a session that has ended on another node may still be accepted. A node that has not read the changes for this time asks the database at every request.',
  ),
  ACCESS_TOKEN_TTL: duration(
    '15m',
    'The longest lifetime of an access token. Each lives up to 5 % shorter, so that clients that signed in together do not refresh together. The shortest lifetime must be longer than ROTATION_SETTLE and ROTATION_GRACE together, as must SESSION_IDLE_TTL and SESSION_TTL.',
  ),
  ACCESS_TOKEN_ALG: choice(
    ['HS256', 'EdDSA', 'ES256', 'RS256'],
    'HS256',
    'How access tokens are signed. HS256 uses SECRET_KEY, so that only this service can verify them. The others use key pairs, whose public keys other services read at /.well-known/jwks.json.',
  ),
  KEY_ROTATION: duration(
    '30d',
    'How long a key pair signs before the next one takes over. At least 10m. Not used with HS256.',
  ),
  ROTATION_GRACE: duration(
    '10s',
    'How long the previous refresh token is still accepted after the client has proved that it holds the new one.',
  ),
  ROTATION_SETTLE: duration('60s', 'How long a browser may take to write a new cookie to its disk.'),
  SESSION_IDLE_TTL: duration(
    '7d',
    'A session ends if it is not refreshed for this time. Without "remember" the time is at most 1d. It must be longer than ACCESS_TOKEN_TTL and ROTATION_SETTLE together.',
  ),
  SESSION_TTL: duration('30d', 'A session ends this time after the sign-in, even if it is in use.'),
  MAX_SESSIONS_PER_USER: whole(
    50,
    1,
    1_000_000,
    'Maximum number of sessions of one account. A sign-in above it ends the least recently used session.',
  ),
  EVENTS_TTL: duration('90d', 'How long security events are kept. GET /admin/events lists them.'),
  COOKIE_SECURE: boolean(
    'Sends Secure cookies with the __Host- prefix. The default is true in production only.',
  ),
  INSECURE_COOKIES: boolean(
    'Lets production start with COOKIE_SECURE=false. Browsers then send cookies unencrypted. For tests on one machine only.',
  ),
  INSECURE_SECRET_KEY: boolean(
    'Lets the service start with a SECRET_KEY that repeats itself or has few different characters. For tests only.',
  ),
  TRUSTED_ORIGINS: text(
    '^https?://[^\\s/,]+(,https?://[^\\s/,]+)*$',
    'Other origins whose pages may call the service with cookies.',
    'origins separated by commas, such as https://app.example.com',
  ),
  TRUST_PROXY: text(
    '^\\S+$',
    'The proxies whose X-Forwarded-For header is trusted.',
    'addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8',
  ),
  REGISTRATION: choice(
    ['open', 'closed'],
    'open',
    'If closed, accounts are created on the command line, or by an invitation.',
  ),
  PUBLIC_URL: text(
    '^https?://[^\\s#?]+$',
    'Where the links in mail lead: the address of the pages. The default is the issuer, with the prefix of the plugin. Development without an ISSUER uses the address that it listens on.',
    'a URL such as https://app.example.com',
  ),
  MAIL_URL: text(
    '^(log:|smtps?://\\S+)$',
    'The server that takes the mail. smtp:// uses STARTTLS, smtps:// uses TLS from the start. The default is log: in development, which writes mail to the log. In production the default is to send no mail.',
    'smtp:// or smtps:// with user, password, host and port, such as smtps://user:password@mail.example.com:465, or log: outside production',
  ),
  MAIL_FROM: text(
    '^([^\\p{Cc}<>"@]+ <[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$',
    'The sender of the mail. Required with smtp:// and smtps://.',
    'an address such as accounts@example.com, or Name <address>',
  ),
  EMAIL_VERIFICATION: choice(
    ['off', 'optional', 'required'],
    'optional',
    'Whether a new account gets a mail with a link that confirms its address. With optional, the account works before that. With required, it begins with that, no unconfirmed account can sign in, and registering does not tell whether an address has an account. That needs MAIL_URL.',
  ),
  INSECURE_MAIL: boolean(
    'Lets smtp:// send mail without encryption to another machine. An attacker on the line can then read links that work.',
  ),
  PASSWORD_MIN_LENGTH: whole(15, 8, 64, 'Minimum number of characters of a new password.'),
  ARGON2_MEMORY_KIB: whole(19_456, 1_024, 4_194_304, 'Memory of one password hash in KiB (argon2id m).'),
  ARGON2_PASSES: whole(2, 1, 1_000, 'Number of passes of one password hash (argon2id t).'),
  ARGON2_LANES: whole(1, 1, 64, 'Number of lanes of one password hash (argon2id p).'),
  RATE_LIMIT_MAX: whole(
    1_000,
    1,
    1_000_000_000,
    'Maximum number of requests per minute: from one address without a session, and of one session.',
  ),
  LOGIN_RATE_LIMIT_MAX: whole(
    20,
    1,
    1_000_000_000,
    'Maximum number of sign-ins, registrations, token requests, other requests with a password and wrong secrets of registered clients, per minute and address.',
  ),
  CLIENT_RATE_LIMIT_MAX: whole(
    6_000,
    1,
    1_000_000_000,
    'Maximum number of requests per minute of one registered client, such as a service that introspects tokens.',
  ),
  METRICS_PORT: {
    type: 'integer' as const,
    minimum: 0,
    maximum: 65_535,
    description:
      'Serves latency histograms for Prometheus at GET /metrics on this port. Without it, metrics are off.',
    $comment: 'a whole number from 0 to 65535, other than PORT',
  },
  METRICS_ADDRESS: {
    ...STRING,
    pattern: '^\\S+$',
    default: '127.0.0.1',
    description:
      'The address that the metrics listen on. There is no password: every program that reaches the address can read the metrics.',
    $comment: 'an address of this machine, such as 127.0.0.1 or 10.0.0.5',
  },
  REQUEST_TIMEOUT: duration(
    '5m',
    'How long a request may take to arrive with its body. After that, the answer is 408. No refresh is decided by an older arrival.',
  ),
  CONNECTION_TIMEOUT: duration(
    '2m',
    'A connection without traffic for this time is closed. A stream of events or a slow handler must send data in between.',
  ),
  PAGES: boolean('Serves the example application at /. The default is true in development only.'),
  APP_NAME: {
    ...STRING,
    // Control characters, and separators of lines and paragraphs, do not belong in a title.
    pattern: '^(?! )(?!.* $)[^\\p{Cc}\\p{Zl}\\p{Zp}]{1,40}$',
    default: 'Tacit',
    description: 'The name of the application, in the pages and in their titles.',
    $comment: '1 to 40 characters on one line, without a space at the beginning or the end',
  },
  APP_COLOR: text(
    '^#?[0-9A-Fa-f]{6}$',
    'The colour of buttons and links in the pages. Texts get a shade of it that can be read.',
    'a colour such as 0d6a4a or "#0d6a4a". Without the quotes, # begins a comment in .env',
  ),
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'The lowest level that is logged.',
  ),
}

/** The JSON Schema of the environment. */
export const EnvironmentSchema = { type: 'object', properties }

type Settings = typeof properties
type WithDefault = {
  [Name in keyof Settings]: Settings[Name] extends { readonly default: unknown } ? Name : never
}[keyof Settings]
type ValueOf<Setting> = Setting extends { readonly type: 'integer' } ? number : string

/** The validated environment, with defaults: strings and numbers. */
export type Environment = { [Name in WithDefault]: ValueOf<Settings[Name]> } & {
  [Name in Exclude<keyof Settings, WithDefault>]?: ValueOf<Settings[Name]>
}

/** Options for @fastify/env and for env-schema. An empty variable counts as not set. */
export function environmentOptions(overrides: Partial<Environment> = {}) {
  const given = Object.entries(process.env).filter(([, value]) => value !== '')
  return { schema: EnvironmentSchema, env: false, data: { ...Object.fromEntries(given), ...overrides } }
}

/**
 * Reads and validates the environment. `overrides` win over it.
 * @throws ConfigError that names each wrong setting
 */
export function readEnvironment(overrides: Partial<Environment> = {}): Environment {
  try {
    return envSchema<Environment>(environmentOptions(overrides))
  } catch (error) {
    throw toConfigError(error)
  }
}

interface SchemaFailure {
  readonly instancePath: string
}

/** Turns a failed validation into a ConfigError of one line. Returns any other error as it is. */
export function toConfigError(error: unknown): unknown {
  const failures = (error as { errors?: readonly SchemaFailure[] }).errors
  if (!Array.isArray(failures)) return error
  const names = [...new Set(failures.map(({ instancePath }) => instancePath.slice(1)))]
  return new ConfigError(names.map(requirementOf).join('; '))
}

/** The error for a value that the schema's pattern lets through and a later check refuses. */
export const wrongValue = (name: keyof Environment): ConfigError => new ConfigError(requirementOf(name))

/** The accepted values stand in $comment, the keyword that validators ignore. */
const requirementOf = (name: string): string =>
  `${name} must be ${properties[name as keyof Settings].$comment}`
