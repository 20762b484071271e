/**
 * What follows from the environment: seconds, lists and switches, checked against each other.
 */
import { isIP } from 'node:net'
import { ConfigError } from './config-error.ts'
import { type Environment, readEnvironment, wrongValue } from './environment.ts'
import { looksRandom } from './secret-strength.ts'

/** The settings as the program uses them: seconds, lists and switches instead of strings. */
export interface Config {
  readonly production: boolean
  /** Neither production nor test: what helps only whoever tries the service out may be there. */
  readonly development: boolean
  /** The secret ring as given; undefined in development when a secret is to be made. */
  readonly secrets: readonly string[] | undefined
  readonly issuer: string
  /** Whether ISSUER was given, and so is an address at which the service can be reached. */
  readonly issuerGiven: boolean
  readonly audience: string
  readonly databaseUrl: string
  readonly accessTtlSeconds: number
  readonly graceSeconds: number
  readonly settleSeconds: number
  readonly idleTtlSeconds: number
  readonly idleTtlUnrememberedSeconds: number
  readonly sessionTtlSeconds: number
  readonly maxSessionsPerUser: number
  readonly eventsTtlSeconds: number
  readonly cookieSecure: boolean
  /** The INSECURE_ settings without which the service would not start. */
  readonly insecureSettings: readonly string[]
  readonly trustedOrigins: readonly string[]
  readonly trustProxy: string | undefined
  readonly registrationOpen: boolean
  readonly passwordMinLength: number
  readonly argon2: { readonly memoryKib: number; readonly passes: number; readonly lanes: number }
  readonly rateLimitMax: number
  readonly loginRateLimitMax: number
  /** Undefined while nothing is measured. */
  readonly metricsPort: number | undefined
  readonly metricsAddress: string
  readonly requestTimeoutSeconds: number
  readonly connectionTimeoutSeconds: number
  readonly pages: boolean
  readonly logLevel: string
}

/** Reads the environment, `overrides` first. */
export const readConfig = (overrides: Partial<Environment> = {}): Config =>
  toConfig(readEnvironment(overrides))

/** Whole seconds of a validated duration, or a fraction where it was given in milliseconds. */
export function seconds(value: string): number {
  const [, amount, unit = 's'] = /^([0-9]+)(ms|s|m|h|d)?$/.exec(value) as RegExpExecArray
  return Number(amount) * { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 }[unit as 's']
}

const DAY_SECONDS = 86_400

/** Works out what follows from the environment, and refuses settings that do not go together. */
export function toConfig(env: Environment): Config {
  const production = env.NODE_ENV === 'production'
  const development = env.NODE_ENV === 'development'
  // Without the port: processes on different ports are one service and accept each other's tokens.
  const issuer = (env.ISSUER ?? 'http://localhost').replace(/\/$/, '')
  const accessTtlSeconds = seconds(env.ACCESS_TOKEN_TTL)
  const graceSeconds = seconds(env.ROTATION_GRACE)
  const settleSeconds = seconds(env.ROTATION_SETTLE)
  const idleTtlSeconds = seconds(env.SESSION_IDLE_TTL)
  const idleTtlUnrememberedSeconds = Math.min(idleTtlSeconds, DAY_SECONDS)
  const sessionTtlSeconds = seconds(env.SESSION_TTL)
  const secrets = env.SECRET_KEY?.split(',').map((secret) => secret.trim())
  const cookieSecure = env.COOKIE_SECURE === undefined ? production : env.COOKIE_SECURE === 'true'

  if (production && secrets === undefined) {
    throw new ConfigError(
      'SECRET_KEY must be given in production: `npm run -s tacit -- secret --write .env` makes one',
    )
  }
  if (production && env.ISSUER === undefined) {
    throw new ConfigError(
      'ISSUER must be given in production: the URL of the service, such as https://auth.example.com',
    )
  }
  if (secrets?.some((secret) => Buffer.byteLength(secret) < 32)) {
    throw new ConfigError(
      'SECRET_KEY takes secrets of at least 32 bytes that look random, separated by commas',
    )
  }
  const trustedOrigins = env.TRUSTED_ORIGINS?.split(',') ?? []
  if (!trustedOrigins.every(isOrigin)) throw wrongValue('TRUSTED_ORIGINS')
  if (env.TRUST_PROXY?.split(',').every(isNetwork) === false) throw wrongValue('TRUST_PROXY')
  refuseShortLives(settleSeconds + graceSeconds, {
    ACCESS_TOKEN_TTL: accessTtlSeconds,
    SESSION_IDLE_TTL: idleTtlUnrememberedSeconds,
    SESSION_TTL: sessionTtlSeconds,
  })

  refuseIdleBeforeRefresh(accessTtlSeconds + settleSeconds, idleTtlUnrememberedSeconds)

  for (const name of ['REQUEST_TIMEOUT', 'CONNECTION_TIMEOUT'] as const) {
    if (seconds(env[name]) > DAY_SECONDS) throw new ConfigError(`${name} takes a day at most`)
  }
  if (env.METRICS_PORT === env.PORT && env.PORT !== 0) {
    throw new ConfigError('METRICS_PORT must not be PORT: metrics have a listener of their own')
  }

  return {
    production,
    development,
    secrets,
    issuer,
    issuerGiven: env.ISSUER !== undefined,
    audience: env.AUDIENCE ?? issuer,
    databaseUrl: env.DATABASE_URL,
    accessTtlSeconds,
    graceSeconds,
    settleSeconds,
    idleTtlSeconds,
    idleTtlUnrememberedSeconds,
    sessionTtlSeconds,
    maxSessionsPerUser: env.MAX_SESSIONS_PER_USER,
    eventsTtlSeconds: seconds(env.EVENTS_TTL),
    cookieSecure,
    insecureSettings: insecureSettings(env, {
      INSECURE_COOKIES: production && !cookieSecure,
      INSECURE_SECRET_KEY: secrets?.every(looksRandom) === false,
    }),
    trustedOrigins,
    trustProxy: env.TRUST_PROXY,
    registrationOpen: env.REGISTRATION === 'open',
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    argon2: { memoryKib: env.ARGON2_MEMORY_KIB, passes: env.ARGON2_PASSES, lanes: env.ARGON2_LANES },
    rateLimitMax: env.RATE_LIMIT_MAX,
    loginRateLimitMax: env.LOGIN_RATE_LIMIT_MAX,
    metricsPort: env.METRICS_PORT,
    metricsAddress: env.METRICS_ADDRESS,
    requestTimeoutSeconds: seconds(env.REQUEST_TIMEOUT),
    connectionTimeoutSeconds: seconds(env.CONNECTION_TIMEOUT),
    pages: env.PAGES === undefined ? development : env.PAGES === 'true',
    logLevel: env.LOG_LEVEL,
  }
}

const NEEDS = {
  INSECURE_COOKIES:
    'COOKIE_SECURE=false lets session cookies travel unencrypted, which production refuses. Leave it out, or set INSECURE_COOKIES=true to start all the same',
  INSECURE_SECRET_KEY:
    'SECRET_KEY repeats itself or has few different characters, so it can be guessed. Make one by `npm run -s tacit -- secret`, or set INSECURE_SECRET_KEY=true to start all the same',
}

/**
 * The settings that are needed to start, and that are given.
 * @throws ConfigError for one that is needed and not given
 */
function insecureSettings(env: Environment, needed: Record<keyof typeof NEEDS, boolean>): string[] {
  const names = (Object.keys(NEEDS) as (keyof typeof NEEDS)[]).filter((name) => needed[name])
  for (const name of names) if (env[name] !== 'true') throw new ConfigError(NEEDS[name])
  return names
}

/** Receipt is proved by an access token that is older than both times together. None would ever be that old. */
function refuseShortLives(leastSeconds: number, lives: Readonly<Record<string, number>>): void {
  for (const [name, life] of Object.entries(lives)) {
    if (life > leastSeconds) continue
    throw new ConfigError(`${name} must be more than ROTATION_SETTLE and ROTATION_GRACE together`)
  }
}

/**
 * An active browser refreshes when its access token has expired, and only a rotation moves the idle limit. A hold may
 * hand out another access token until the end of the settle time.
 */
function refuseIdleBeforeRefresh(longestSeconds: number, idleSeconds: number): void {
  if (idleSeconds > longestSeconds) return
  throw new ConfigError(
    'SESSION_IDLE_TTL, which is 1d at most without "remember", must be more than ACCESS_TOKEN_TTL and ROTATION_SETTLE together: an active browser refreshes only when its access token has expired',
  )
}

/** As a browser writes it: in small letters, without the port that goes without saying. Any other would never match. */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** An address, or one with the length of a network's prefix. */
function isNetwork(text: string): boolean {
  const [address = '', prefix = '1', ...rest] = text.split('/')
  const longest = { 0: 0, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6]
  return rest.length === 0 && /^[1-9][0-9]*$/.test(prefix) && Number(prefix) <= longest
}
