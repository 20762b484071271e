/**
 * The options of a verifier, and their check.
 *
 * Threat: a misspelt option is ignored, keys are fetched over a connection that an attacker can
 * change, or the configuration permits an algorithm that a public key can forge.
 * Guarantee: an unknown or wrong option stops the start with a sentence. A URL without TLS is
 * accepted for this machine only, unless `insecureHttp` permits it. HS256 is never accepted.
 * Source: RFC 8725 sections 3.1 and 3.2.
 */
import type { Clock } from '../clock.ts'
import { systemClock } from '../clock.ts'
import { unknownName } from '../nearest-name.ts'

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const
/** A signature algorithm whose verifier cannot sign. */
export type VerifierAlgorithm = (typeof ALGORITHMS)[number]

/** Where a verifier reports: `app.log` of Fastify, or a logger of pino. */
export interface VerifierLog {
  info(details: object, message: string): void
  warn(details: object, message: string): void
}

/** What a verifier does while it does not hear of revocations. */
export type FailMode = 'open' | 'closed'

/** How a verifier hears that sessions have ended. */
export interface RevocationOptions {
  /** The client that `tacit client create` has printed. */
  readonly clientId: string
  readonly clientSecret: string
  /**
   * What happens while the stream of revocations is down. `closed`, the default: the issuer is
   * asked about the token of each request. `open`: a token counts until it expires.
   */
  readonly fail?: FailMode
  /** Called when the stream comes up or goes down. */
  readonly onState?: (state: 'up' | 'down', reason?: string) => void
}

/**
 * The options of `createVerifier`.
 *
 * @example
 * const options: VerifierOptions = { issuer: 'https://auth.example.com', audience: 'movies' }
 */
export interface VerifierOptions {
  /** The ISSUER of the service: the `iss` of its tokens. */
  readonly issuer: string
  /** The AUDIENCE of the service: the `aud` of its tokens. The default is the issuer. */
  readonly audience?: string
  /** The URL of the service, if it is not the issuer. */
  readonly url?: string
  /** The URL of the key set. The default is `/.well-known/jwks.json` below `url`. */
  readonly jwksUri?: string
  /** The algorithms that are accepted. The default is EdDSA, ES256 and RS256. */
  readonly algorithms?: readonly VerifierAlgorithm[]
  /** How long a token is accepted after its `exp`. The default is 0. */
  readonly clockToleranceSeconds?: number
  /** How many verified tokens are remembered. The default is 10,000. */
  readonly cacheSize?: number
  /** How long one request to the service may take. The default is 5,000. */
  readonly timeoutMs?: number
  /** The time between two requests for the key set, at least. The default is 10,000. */
  readonly cooldownMs?: number
  /** The age at which the key set is fetched again. The default is 300,000: the
   * service permits copies of five minutes. */
  readonly maxAgeMs?: number
  /** Without it, a token counts until it expires, even if its session has ended. */
  readonly revocations?: RevocationOptions
  /** The default is no log. */
  readonly log?: VerifierLog
  /** Permits URLs without TLS. An attacker between both services can then replace the keys. */
  readonly insecureHttp?: boolean
  /** A clock for tests. The default is the clock of the system. */
  readonly clock?: Clock
}

/** Checked options, with their defaults. Durations are milliseconds. */
export interface VerifierSettings {
  readonly issuer: string
  readonly audience: string
  /** Without a slash at the end. */
  readonly url: string
  readonly jwksUri: URL
  readonly algorithms: readonly string[]
  readonly toleranceMs: number
  readonly cacheSize: number
  readonly timeoutMs: number
  readonly cooldownMs: number
  readonly maxAgeMs: number
  readonly revocations:
    | (Required<Omit<RevocationOptions, 'onState'>> & Pick<RevocationOptions, 'onState'>)
    | undefined
  readonly log: VerifierLog
  readonly clock: Clock
}

export const verifierOptionNames: readonly (keyof VerifierOptions)[] = [
  ...(['issuer', 'audience', 'url', 'jwksUri', 'algorithms', 'clockToleranceSeconds', 'cacheSize'] as const),
  ...(['timeoutMs', 'cooldownMs', 'maxAgeMs', 'revocations', 'log', 'insecureHttp', 'clock'] as const),
]
const REVOCATION_OPTION_NAMES = ['clientId', 'clientSecret', 'fail', 'onState']

const ignore = (): void => {}
const NO_LOG: VerifierLog = { info: ignore, warn: ignore }

/**
 * Checks options and adds the defaults.
 * @param others names that are options of the caller
 * @throws TypeError that says what is wrong and what is accepted
 */
export function readVerifierOptions(
  options: VerifierOptions,
  others: readonly string[] = [],
): VerifierSettings {
  if (!isObject(options)) throw new TypeError('The options must be an object such as { issuer: "https://…" }')
  refuseUnknown('The option', options, [...verifierOptionNames, ...others])
  const { issuer, insecureHttp = false } = options
  const audience = options.audience ?? issuer
  text('issuer', issuer)
  text('audience', audience)
  const url = (options.url ?? issuer).replace(/\/+$/, '')
  const algorithms: readonly string[] = options.algorithms ?? ALGORITHMS
  if (!Array.isArray(algorithms) || algorithms.length === 0)
    throw wrong('algorithms', `a list of ${ALGORITHMS.join(', ')}`)
  for (const algorithm of algorithms) {
    if (!(ALGORITHMS as readonly string[]).includes(algorithm))
      throw new TypeError(
        `algorithms: ${JSON.stringify(algorithm)} is not accepted. Use ${ALGORITHMS.join(', ')}: ` +
          'a service that verifies must not be able to sign.',
      )
  }
  return {
    ...{ issuer, audience, algorithms },
    url: address(options.url === undefined ? 'issuer' : 'url', url, insecureHttp).href.replace(/\/+$/, ''),
    jwksUri: address('jwksUri', options.jwksUri ?? `${url}/.well-known/jwks.json`, insecureHttp),
    toleranceMs: whole('clockToleranceSeconds', options.clockToleranceSeconds ?? 0, 0, 300) * 1_000,
    cacheSize: whole('cacheSize', options.cacheSize ?? 10_000, 1, 10_000_000),
    timeoutMs: whole('timeoutMs', options.timeoutMs ?? 5_000, 1, 60_000),
    cooldownMs: whole('cooldownMs', options.cooldownMs ?? 10_000, 1, 3_600_000),
    maxAgeMs: whole('maxAgeMs', options.maxAgeMs ?? 300_000, 1, 86_400_000),
    revocations: readRevocations(options.revocations),
    log: options.log ?? NO_LOG,
    clock: options.clock ?? systemClock,
  }
}

function readRevocations(options: RevocationOptions | undefined): VerifierSettings['revocations'] {
  if (options === undefined) return undefined
  if (!isObject(options)) throw wrong('revocations', 'an object with clientId and clientSecret')
  refuseUnknown('The option of revocations', options, REVOCATION_OPTION_NAMES)
  const { clientId, clientSecret, fail = 'closed', onState } = options
  text('revocations.clientId', clientId)
  text('revocations.clientSecret', clientSecret)
  if (fail !== 'open' && fail !== 'closed') throw wrong('revocations.fail', "'open' or 'closed'")
  if (onState !== undefined && typeof onState !== 'function') throw wrong('revocations.onState', 'a function')
  return { clientId, clientSecret, fail, ...(onState && { onState }) }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function refuseUnknown(what: string, given: object, known: readonly string[]): void {
  const sentence = unknownName(what, Object.keys(given), known)
  if (sentence !== undefined) throw new TypeError(sentence)
}

/** The message holds no value: it may be a secret. */
const wrong = (name: string, accepted: string): TypeError => new TypeError(`${name} must be ${accepted}`)

function text(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a text that is not empty')
}

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value
  throw wrong(name, `a whole number from ${min} to ${max}`)
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/

function address(name: string, value: unknown, insecureHttp: boolean): URL {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw wrong(name, 'a URL such as https://auth.example.com, without credentials')
  if (url.protocol === 'http:' && !insecureHttp && !LOOPBACK.test(url.hostname))
    throw new TypeError(
      `${name}: ${url.origin} has no TLS, so an attacker on the way can replace the keys. ` +
        'Use https, or permit it with insecureHttp: true in a network that you trust.',
    )
  return url
}
