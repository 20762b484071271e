/**
 * Asks the service whether an access token is still active.
 *
 * Threat: the service hangs, or thousands of tokens become suspect at once.
 * Guarantee: each question ends after `timeoutMs`, with the time in the queue. There is one question
 * at a time about a token, MAX_CONCURRENT at a time, and at most MAX_WAITING wait.
 * Limits: a question that fails rejects. The caller must not accept the token then.
 * Source: RFC 7662, RFC 6749 section 2.3.1.
 */
import pLimit from 'p-limit'
import { AuthError } from '../errors.ts'
import { fetchJson } from './bounded-fetch.ts'
import type { VerifierSettings } from './options.ts'
import { basicAuthorization } from './revocation-events.ts'

const MAX_CONCURRENT = 32
const MAX_WAITING = 1_000
const MAX_ANSWER_BYTES = 64 * 1_024

export interface Introspection {
  /** Returns whether the token is active. Rejects with VERIFIER_UNAVAILABLE. */
  isActive(token: string): Promise<boolean>
}

export interface IntrospectionOptions extends Pick<VerifierSettings, 'timeoutMs' | 'log'> {
  /** The URL of `POST /auth/introspect`. */
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /** Ends all questions. */
  readonly closing: AbortSignal
}

export function createIntrospection(options: IntrospectionOptions): Introspection {
  const { url, timeoutMs, closing, log } = options
  const headers = {
    accept: 'application/json',
    authorization: basicAuthorization(options.clientId, options.clientSecret),
    'content-type': 'application/x-www-form-urlencoded',
  }
  const limit = pLimit(MAX_CONCURRENT)
  let isFailing = false

  async function ask(token: string, signal: AbortSignal): Promise<boolean> {
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' }).toString()
    const answer = await fetchJson({
      ...{ url, signal, maxBytes: MAX_ANSWER_BYTES, mediaTypes: ['application/json'] },
      init: { method: 'POST', headers, body },
    })
    const active = (answer as { active?: unknown } | null)?.active
    if (typeof active !== 'boolean') throw new Error('its answer is no introspection')
    return active
  }

  return {
    async isActive(token) {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), closing])
      try {
        if (limit.pendingCount >= MAX_WAITING) throw new Error(`${MAX_WAITING} questions are waiting`)
        const active = await limit(() => ask(token, signal))
        if (isFailing) log.info({ url }, 'The service answers again whether tokens are active')
        isFailing = false
        return active
      } catch (error) {
        const { message } = error as Error
        // Once for each outage.
        if (!isFailing)
          log.warn({ url, err: error }, `The service does not say whether tokens are active: ${message}`)
        isFailing = true
        throw new AuthError('VERIFIER_UNAVAILABLE', { retryAfterSeconds: 1, cause: error })
      }
    },
  }
}
