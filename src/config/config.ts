/**
 * Turns the environment into the configuration, and checks settings against each other.
 */
import { isIP } from 'node:net'
import { availableParallelism } from 'node:os'
import { shortestTtl } from '../protocol/access-token.ts'
import { ConfigError } from './config-error.ts'
import { type Environment, readEnvironment, wrongValue } from './environment.ts'
import { type MailSettings, toMailSettings } from './mail-settings.ts'
import { looksRandom } from './secret-strength.ts'

/** The settings as the program uses them: numbers of seconds, lists and booleans, not strings. */
export interface Config {
  readonly production: boolean
  /** Neither production nor test. Turns on what helps a developer only. */
  readonly development: boolean
  /** The secret ring: the first secret signs, all verify. Undefined if SECRET_KEY is not set. */
  readonly secrets: readonly string[] | undefined
  readonly issuer: string
  /** Whether ISSUER is set. Only then is `issuer` the URL at which clients reach the service. */
  readonly issuerGiven: boolean
  readonly audience: string
  /** May contain a password: shownUrl of db/database-url.ts leaves it out. */
  readonly databaseUrl: string
  readonly databaseConnections: number
  readonly feedMaxLagSeconds: number
  /** The number of processes that the command line starts. */
  readonly workers: number
  /** Undefined if limits are not shared between machines. */
  readonly redisUrl: string | undefined
  /** The longest lifetime of an access token. `jitteredTtl` shortens it. */
  readonly accessTtlSeconds: number
  readonly accessTokenAlgorithm: 'HS256' | 'EdDSA' | 'ES256' | 'RS256'
  /** How long a key pair signs. */
  readonly keyRotationSeconds: number
  readonly graceSeconds: number
  readonly settleSeconds: number
  readonly idleTtlSeconds: number
  readonly idleTtlUnrememberedSeconds: number
  readonly sessionTtlSeconds: number
  readonly maxSessionsPerUser: number
  readonly eventsTtlSeconds: number
  readonly cookieSecure: boolean
  /** The INSECURE_ settings that are in effect. The start warns of each. */
  readonly insecureSettings: readonly string[]
  readonly trustedOrigins: readonly string[]
  readonly trustProxy: string | undefined
  readonly registrationOpen: boolean
  /** Null if the service sends no mail. */
  readonly mail: MailSettings | null
  readonly emailVerification: 'off' | 'optional' | 'required'
  /** PUBLIC_URL, without a slash at the end. */
  readonly publicUrl: string | undefined
  readonly passwordMinLength: number
  readonly argon2: { readonly memoryKib: number; readonly passes: number; readonly lanes: number }
  readonly rateLimitMax: number
  readonly loginRateLimitMax: number
  readonly clientRateLimitMax: number
  /** Undefined if metrics are off. */
  readonly metricsPort: number | undefined
  readonly metricsAddress: string
  readonly requestTimeoutSeconds: number
  readonly connectionTimeoutSeconds: number
  readonly pages: boolean
  readonly appName: string
  /** `#rrggbb` in lower case; undefined for the colours of the pages themselves. */
  readonly appColor: string | undefined
  readonly logLevel: string
}

/**
 * Reads and checks the environment. `overrides` win over it.
 * @throws ConfigError if a setting is wrong or missing
 */
export const readConfig = (overrides: Partial<Environment> = {}): Config =>
  toConfig(readEnvironment(overrides))

/** Returns the seconds of a validated duration. They may be a fraction if it is in milliseconds. */
export function seconds(value: string): number {
  const [, amount, unit = 's'] = /^([0-9]+)(ms|s|m|h|d)?$/.exec(value) as RegExpExecArray
  return Number(amount) * { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 }[unit as 's']
}

const DAY_SECONDS = 86_400
/** The changes are read two and a half times in this time. */
const MIN_FEED_LAG_SECONDS = 0.05
/** An ended session must not be accepted for long. */
const MAX_FEED_LAG_SECONDS = 5
/** Twice the time for which other services keep the key set. */
const MIN_KEY_ROTATION_SECONDS = 600

/**
 * Returns the configuration for a validated environment.
 * @throws ConfigError if settings contradict each other
 */
export function toConfig(env: Environment): Config {
  const production = env.NODE_ENV === 'production'
  const development = env.NODE_ENV === 'development'
  // Without the port: processes on different ports are one service and accept the same tokens.
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
    throw new ConfigError('SECRET_KEY must be set in production. Run `npx tacit secret --write .env`')
  }
  if (production && env.ISSUER === undefined) {
    throw new ConfigError(
      'ISSUER must be set in production. Set it to the URL of the service, such as https://auth.example.com',
    )
  }
  if (secrets?.some((secret) => Buffer.byteLength(secret) < 32)) {
    throw new ConfigError(
      'SECRET_KEY has a secret of less than 32 bytes. Run `npx tacit secret` for a new one',
    )
  }
  const trustedOrigins = env.TRUSTED_ORIGINS?.split(',') ?? []
  if (!trustedOrigins.every(isOrigin)) throw wrongValue('TRUSTED_ORIGINS')
  if (env.TRUST_PROXY?.split(',').every(isNetwork) === false) throw wrongValue('TRUST_PROXY')
  if (env.REDIS_URL !== undefined && !URL.canParse(env.REDIS_URL)) throw wrongValue('REDIS_URL')
  refuseShortTtls(settleSeconds + graceSeconds, {
    'ACCESS_TOKEN_TTL, less the 5 % of its jitter,': shortestTtl(accessTtlSeconds),
    SESSION_IDLE_TTL: idleTtlUnrememberedSeconds,
    SESSION_TTL: sessionTtlSeconds,
  })

  refuseIdleBeforeRefresh(accessTtlSeconds + settleSeconds, idleTtlUnrememberedSeconds)

  for (const name of ['REQUEST_TIMEOUT', 'CONNECTION_TIMEOUT'] as const) {
    if (seconds(env[name]) > DAY_SECONDS) throw new ConfigError(`${name} must be at most 1d`)
  }
  if (seconds(env.KEY_ROTATION) < MIN_KEY_ROTATION_SECONDS) {
    throw new ConfigError('KEY_ROTATION must be at least 10m: other services keep the key set for 5 minutes')
  }
  const feedMaxLagSeconds = seconds(env.FEED_MAX_LAG)
  if (feedMaxLagSeconds < MIN_FEED_LAG_SECONDS || feedMaxLagSeconds > MAX_FEED_LAG_SECONDS) {
    throw new ConfigError('FEED_MAX_LAG must be from 50ms to 5s')
  }
  if (env.METRICS_PORT === env.PORT && env.PORT !== 0) {
    throw new ConfigError('METRICS_PORT must not be the same as PORT. Choose another port')
  }

  const mail = toMailSettings(env)
  if (env.EMAIL_VERIFICATION === 'required' && mail === null) {
    throw new ConfigError(
      'EMAIL_VERIFICATION=required needs mail: without it, no new account could sign in. Set MAIL_URL and MAIL_FROM, or set EMAIL_VERIFICATION to optional or off',
    )
  }

  return {
    production,
    development,
    secrets,
    issuer,
    issuerGiven: env.ISSUER !== undefined,
    audience: env.AUDIENCE ?? issuer,
    databaseUrl: env.DATABASE_URL,
    databaseConnections: env.DATABASE_CONNECTIONS,
    feedMaxLagSeconds,
    workers: env.WORKERS === 'auto' ? availableParallelism() : Number(env.WORKERS),
    redisUrl: env.REDIS_URL,
    accessTtlSeconds,
    accessTokenAlgorithm: env.ACCESS_TOKEN_ALG as Config['accessTokenAlgorithm'],
    keyRotationSeconds: seconds(env.KEY_ROTATION),
    graceSeconds,
    settleSeconds,
    idleTtlSeconds,
    idleTtlUnrememberedSeconds,
    sessionTtlSeconds,
    maxSessionsPerUser: env.MAX_SESSIONS_PER_USER,
    eventsTtlSeconds: seconds(env.EVENTS_TTL),
    cookieSecure,
    insecureSettings: [
      ...insecureSettings(env, {
        INSECURE_COOKIES: production && !cookieSecure,
        INSECURE_SECRET_KEY: secrets?.every(looksRandom) === false,
      }),
      ...(env.INSECURE_MAIL === 'true' ? ['INSECURE_MAIL'] : []),
    ],
    trustedOrigins,
    trustProxy: env.TRUST_PROXY,
    registrationOpen: env.REGISTRATION === 'open',
    mail,
    emailVerification: env.EMAIL_VERIFICATION as Config['emailVerification'],
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, ''),
    passwordMinLength: env.PASSWORD_MIN_LENGTH,
    argon2: { memoryKib: env.ARGON2_MEMORY_KIB, passes: env.ARGON2_PASSES, lanes: env.ARGON2_LANES },
    rateLimitMax: env.RATE_LIMIT_MAX,
    loginRateLimitMax: env.LOGIN_RATE_LIMIT_MAX,
    clientRateLimitMax: env.CLIENT_RATE_LIMIT_MAX,
    metricsPort: env.METRICS_PORT,
    metricsAddress: env.METRICS_ADDRESS,
    requestTimeoutSeconds: seconds(env.REQUEST_TIMEOUT),
    connectionTimeoutSeconds: seconds(env.CONNECTION_TIMEOUT),
    pages: env.PAGES === undefined ? development : env.PAGES === 'true',
    appName: env.APP_NAME,
    appColor: env.APP_COLOR?.replace(/^#?/, '#').toLowerCase(),
    logLevel: env.LOG_LEVEL,
  }
}

const MESSAGES = {
  INSECURE_COOKIES:
    'COOKIE_SECURE must not be false in production: browsers would send session cookies unencrypted. Leave it out. To start without encryption, set INSECURE_COOKIES=true',
  INSECURE_SECRET_KEY:
    'SECRET_KEY repeats itself or has few different characters, so an attacker can guess it. Run `npx tacit secret` for a new one. To start with a weak secret, set INSECURE_SECRET_KEY=true',
}

/**
 * Returns the INSECURE_ settings that are needed to start and are true.
 * @throws ConfigError if one is needed and not true
 */
function insecureSettings(env: Environment, needed: Record<keyof typeof MESSAGES, boolean>): string[] {
  const names = (Object.keys(MESSAGES) as (keyof typeof MESSAGES)[]).filter((name) => needed[name])
  for (const name of names) if (env[name] !== 'true') throw new ConfigError(MESSAGES[name])
  return names
}

/** The proof of receipt needs an access token that is older than both times together. */
function refuseShortTtls(minSeconds: number, ttls: Readonly<Record<string, number>>): void {
  for (const [name, ttlSeconds] of Object.entries(ttls)) {
    if (ttlSeconds > minSeconds) continue
    throw new ConfigError(`${name} must be longer than ROTATION_SETTLE and ROTATION_GRACE together`)
  }
}

/**
 * An active browser refreshes only after its access token has expired, and only a rotation moves the
 * idle limit. A hold may issue another access token until the end of the settle time.
 */
function refuseIdleBeforeRefresh(minSeconds: number, idleSeconds: number): void {
  if (idleSeconds > minSeconds) return
  throw new ConfigError(
    'SESSION_IDLE_TTL, which is at most 1d without "remember", must be longer than ACCESS_TOKEN_TTL and ROTATION_SETTLE together. Otherwise an active browser is signed out',
  )
}

/** Whether the text is an origin as browsers send it: in lower case, without the default port. */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text

/** Whether the text is an IP address, or a network such as 10.0.0.0/8. */
function isNetwork(text: string): boolean {
  const [address = '', prefix = '1', ...rest] = text.split('/')
  const maxPrefix = { 0: 0, 4: 32, 6: 128 }[isIP(address) as 0 | 4 | 6]
  return rest.length === 0 && /^[1-9][0-9]*$/.test(prefix) && Number(prefix) <= maxPrefix
}
