/**
 * Every setting, in one schema: validation, defaults, the type and .env.example all come from it.
 * A setting that is wrong stops the start with one line that names it and says what it takes.
 * Written as JSON Schema: loading typebox would take most commands of the command line longer than their work does.
 */
import envSchema from 'env-schema'
import { ConfigError } from './config-error.ts'

const STRING = { type: 'string' } as const

const duration = (fallback: string, description: string) => ({
  ...STRING,
  pattern: '^[1-9][0-9]*(ms|s|m|h|d)?$',
  default: fallback,
  description,
  $comment: 'a duration such as 90s, 15m, 12h or 30d; a bare number counts seconds',
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
const onOff = (description: string) => ({
  ...STRING,
  enum: ['true', 'false'],
  description,
  $comment: 'true or false',
})

const properties = {
  NODE_ENV: choice(
    ['development', 'production', 'test'],
    'development',
    'In production a strong SECRET_KEY and an ISSUER must be given, and cookies are Secure.',
  ),
  SECRET_KEY: text(
    '^.{32,}$',
    'At least 32 bytes; several by comma: the first signs, all verify. `npm run -s tacit -- secret --write .env` makes one. Left out, development makes one and keeps it beside the database.',
    'one or more secrets of at least 32 bytes, separated by commas',
  ),
  ISSUER: text(
    '^https?://[^\\s]+$',
    'The service as tokens name it (iss), the same for all of its processes. By default http://localhost, without a port; production must give one.',
    'a URL such as https://auth.example.com',
  ),
  AUDIENCE: text(
    '^\\S+$',
    'For whom access tokens are meant (aud); by default the issuer.',
    'a name or URL without spaces',
  ),
  PORT: whole(3000, 0, 65_535, 'Where the service listens.'),
  FASTIFY_ADDRESS: text(
    '^\\S+$',
    'The address it listens on, as fastify-cli takes it; by default localhost only, but in a container every address.',
    'an address such as 0.0.0.0',
  ),
  DATABASE_URL: {
    ...STRING,
    pattern: '^(file:.+|:memory:)$',
    default: 'file:./data/tacit.db',
    description: 'An SQLite file, which is created when it is not there.',
    $comment: 'file: and a path, such as file:./data/tacit.db',
  },
  ACCESS_TOKEN_TTL: duration(
    '15m',
    'How long an access token is good. This, SESSION_IDLE_TTL and SESSION_TTL must each be more than ROTATION_SETTLE and ROTATION_GRACE together.',
  ),
  ROTATION_GRACE: duration(
    '10s',
    'How long the previous refresh token is still answered once the client is known to hold its successor.',
  ),
  ROTATION_SETTLE: duration('60s', 'How long a browser may take to write a new cookie to its disk.'),
  SESSION_IDLE_TTL: duration(
    '7d',
    'A session ends when it was not refreshed for so long (1d at most without "remember"). Must be more than ACCESS_TOKEN_TTL and ROTATION_SETTLE together.',
  ),
  SESSION_TTL: duration('30d', 'A session ends so long after the sign-in, whatever happens.'),
  MAX_SESSIONS_PER_USER: whole(
    50,
    1,
    1_000_000,
    'Sessions of one account at once; a sign-in beyond them ends the one that was seen longest ago.',
  ),
  EVENTS_TTL: duration('90d', 'How long security events are kept for GET /admin/events.'),
  COOKIE_SECURE: onOff('Secure cookies with the __Host- prefix; by default in production only.'),
  INSECURE_COOKIES: onOff(
    'Lets production start with COOKIE_SECURE=false. Cookies then travel unencrypted: for tests on one machine only.',
  ),
  INSECURE_SECRET_KEY: onOff(
    'Lets the service start with a SECRET_KEY that repeats itself or has few different characters: for tests only.',
  ),
  TRUSTED_ORIGINS: text(
    '^https?://[^\\s/,]+(,https?://[^\\s/,]+)*$',
    'Other origins whose pages may call this service with cookies.',
    'origins separated by commas, such as https://app.example.com',
  ),
  TRUST_PROXY: text(
    '^\\S+$',
    'Proxies whose X-Forwarded-For is believed: their addresses or networks.',
    'addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8',
  ),
  REGISTRATION: choice(['open', 'closed'], 'open', 'Closed: accounts are created on the command line only.'),
  PASSWORD_MIN_LENGTH: whole(15, 8, 64, 'Fewest characters of a new password.'),
  ARGON2_MEMORY_KIB: whole(19_456, 1_024, 4_194_304, 'Memory of one password hash, in KiB.'),
  ARGON2_PASSES: whole(2, 1, 1_000, 'Passes of one password hash.'),
  ARGON2_LANES: whole(1, 1, 64, 'Lanes of one password hash.'),
  RATE_LIMIT_MAX: whole(
    1_000,
    1,
    1_000_000_000,
    'Requests a minute: from one address without a session, and of one session, in each process.',
  ),
  LOGIN_RATE_LIMIT_MAX: whole(
    20,
    1,
    1_000_000_000,
    'Sign-ins, registrations, token requests and what else takes a password, a minute from one address, in each process.',
  ),
  METRICS_PORT: {
    type: 'integer' as const,
    minimum: 0,
    maximum: 65_535,
    description:
      'Serves histograms of latency for Prometheus at GET /metrics of this port; by default not at all.',
    $comment: 'a whole number from 0 to 65535, and not that of PORT',
  },
  METRICS_ADDRESS: {
    ...STRING,
    pattern: '^\\S+$',
    default: '127.0.0.1',
    description:
      'The address that METRICS_PORT is listened on. Each program that reaches it can read the metrics: there is no password.',
    $comment: 'an address of this machine, such as 127.0.0.1 or 10.0.0.5',
  },
  REQUEST_TIMEOUT: duration(
    '5m',
    'How long a request may take to arrive, its body included; then it is answered 408. No request is judged by an older arrival.',
  ),
  CONNECTION_TIMEOUT: duration(
    '2m',
    'A connection on which nothing has moved for this long is closed. A stream of events, or a handler that takes longer, must send something in between.',
  ),
  PAGES: onOff('Serves the example application at /; by default in development only.'),
  LOG_LEVEL: choice(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'info',
    'How much is logged.',
  ),
}

/** The environment as it is read: strings and numbers, validated, with defaults. */
export const EnvironmentSchema = { type: 'object', properties }

type Settings = typeof properties
type WithDefault = {
  [Name in keyof Settings]: Settings[Name] extends { readonly default: unknown } ? Name : never
}[keyof Settings]
type ValueOf<Setting> = Setting extends { readonly type: 'integer' } ? number : string

export type Environment = { [Name in WithDefault]: ValueOf<Settings[Name]> } & {
  [Name in Exclude<keyof Settings, WithDefault>]?: ValueOf<Settings[Name]>
}

/** Options for @fastify/env and env-schema alike. An empty variable counts as one that is not set. */
export function environmentOptions(overrides: Partial<Environment> = {}) {
  const given = Object.entries(process.env).filter(([, value]) => value !== '')
  return { schema: EnvironmentSchema, env: false, data: { ...Object.fromEntries(given), ...overrides } }
}

/** Reads and validates the environment, `overrides` first. */
export function readEnvironment(overrides: Partial<Environment> = {}): Environment {
  try {
    return envSchema<Environment>(environmentOptions(overrides))
  } catch (error) {
    throw explained(error)
  }
}

interface SchemaFailure {
  readonly instancePath: string
}

/** Turns a validation failure into one line for a person; other errors are returned as they are. */
export function explained(error: unknown): unknown {
  const failures = (error as { errors?: readonly SchemaFailure[] }).errors
  if (!Array.isArray(failures)) return error
  const names = [...new Set(failures.map(({ instancePath }) => instancePath.slice(1)))]
  return new ConfigError(names.map(whatItTakes).join('; '))
}

/** What the schema cannot say by a pattern is refused in the same words. */
export const wrongValue = (name: keyof Environment): ConfigError => new ConfigError(whatItTakes(name))

const whatItTakes = (name: string): string => `${name} takes ${takesOf(name)}`

/** What the schema notes beside a setting: $comment is the keyword that validators leave alone. */
function takesOf(name: string): string {
  return properties[name as keyof Settings].$comment
}
