/**
 * The keys of the issuer, from its JSON Web Key Set.
 *
 * Threat: forged tokens with invented `kid`s make the verifier fetch without end. The issuer is
 * down, or withdraws a key.
 * Guarantee: there is at most one fetch at a time and one in `cooldownMs`. Known keys verify while
 * the issuer is down, for `maxAgeMs` and a day. While it answers, a withdrawn key is refused
 * `maxAgeMs` after its withdrawal, and remembered tokens with it.
 * Limits: a key that the issuer has published and not withdrawn is trusted.
 * Source: RFC 7517 section 5, RFC 8725.
 */
import type { JSONWebKeySet, JWTHeaderParameters } from 'jose'
import * as errors from 'jose/errors'
import { createRemoteJWKSet, customFetch } from 'jose/jwks/remote'
import type { JWTVerifyGetKey } from 'jose/jwt/verify'
import { AuthError } from '../errors.ts'
import { fetchJson } from './bounded-fetch.ts'
import { usableKeys } from './key-set.ts'
import type { VerifierSettings } from './options.ts'

/** A key set of the service has about 1 KiB. */
const MAX_KEY_SET_BYTES = 256 * 1_024
const MEDIA_TYPES = ['application/json', 'application/jwk-set+json']
/** How long a key set that is due is used while the issuer is down. */
const MAX_STALE_MS = 24 * 3_600_000

type Found = Awaited<ReturnType<JWTVerifyGetKey>>
type Token = Parameters<JWTVerifyGetKey>[1]

export interface Keys {
  /**
   * Returns the key that a token's header names. Rejects with VERIFIER_UNAVAILABLE, with
   * TOKEN_INVALID if the issuer has no such key, or with jose's error if there are several.
   */
  find(header: JWTHeaderParameters, token: Token): Promise<Found>
  /** Fetches the key set in the background if it is due. */
  refresh(): void
}

type Dependencies = Pick<
  VerifierSettings,
  'jwksUri' | 'timeoutMs' | 'cooldownMs' | 'maxAgeMs' | 'clock' | 'log'
>

interface KeysOptions {
  /** Ends the fetch under way. */
  readonly closing: AbortSignal
  /** Called when the issuer has published other keys than before. */
  onChanged(): void
}

export function createKeys(
  { jwksUri, timeoutMs, cooldownMs, maxAgeMs, clock, log }: Dependencies,
  { closing, onChanged }: KeysOptions,
): Keys {
  const url = jwksUri.href
  let published: string | undefined
  let attemptedAt = Number.NEGATIVE_INFINITY
  let loadedAt = Number.NEGATIVE_INFINITY
  let failure: Error | undefined
  let flight: Promise<void> | undefined

  // jose holds the keys and selects among them. The times of its own would count only successes.
  const remote = createRemoteJWKSet(jwksUri, {
    timeoutDuration: timeoutMs,
    cooldownDuration: Number.POSITIVE_INFINITY,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    async [customFetch](_url, { headers, signal }) {
      const keySet = await fetchJson({
        ...{ url, maxBytes: MAX_KEY_SET_BYTES, mediaTypes: MEDIA_TYPES },
        signal: AbortSignal.any([signal, closing]),
        init: { headers },
      })
      return Response.json({ keys: usableKeys(keySet) })
    },
  })

  async function attempt(): Promise<void> {
    attemptedAt = clock.monotonic()
    try {
      await remote.reload()
      failure = undefined
      loadedAt = clock.monotonic()
      const { keys } = remote.jwks() as JSONWebKeySet
      if (keys.length === 0) log.warn({ url }, `The key set has no public key for signatures. ${NO_KEYS}`)
      const fetched = JSON.stringify(keys)
      if (published !== undefined && published !== fetched) onChanged()
      published = fetched
    } catch (error) {
      failure = error as Error
      log.warn({ url, err: failure }, `The key set cannot be fetched: ${failure.message}`)
    }
  }

  const mayAttempt = (): boolean => clock.monotonic() - attemptedAt >= cooldownMs
  const age = (): number => clock.monotonic() - loadedAt
  const isUsable = (): boolean => age() < maxAgeMs + MAX_STALE_MS
  const isDue = (): boolean => age() >= maxAgeMs

  /** Joins the fetch under way, or starts one if it may. */
  function load(): Promise<void> | undefined {
    if (flight === undefined && mayAttempt()) {
      flight = attempt().finally(() => {
        flight = undefined
      })
    }
    return flight
  }

  /** After a failure no request waits for the next attempt: known keys verify meanwhile. */
  async function refreshed(): Promise<void> {
    const loading = load()
    if (failure === undefined) await loading
  }

  const unavailable = (): AuthError =>
    new AuthError('VERIFIER_UNAVAILABLE', {
      retryAfterSeconds: Math.max(1, Math.ceil((attemptedAt + cooldownMs - clock.monotonic()) / 1_000)),
      cause: failure,
    })

  async function select(header: JWTHeaderParameters, token: Token): Promise<Found | undefined> {
    try {
      return await remote(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined
      throw error
    }
  }

  return {
    async find(header, token) {
      if (!isUsable()) await load()
      else if (isDue()) await refreshed()
      if (!isUsable()) throw unavailable()
      const known = await select(header, token)
      if (known !== undefined) return known
      await load()
      const found = await select(header, token)
      if (found !== undefined) return found
      // The issuer may have published the key since: the client should try again.
      throw failure === undefined && published !== '[]' ? new AuthError('TOKEN_INVALID') : unavailable()
    },

    refresh() {
      if (isDue()) void load()
    },
  }
}

const NO_KEYS = 'Set ACCESS_TOKEN_ALG of the service to EdDSA, ES256 or RS256: HS256 has no public key.'
