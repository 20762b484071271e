/**
 * Refuses tokens whose session has ended: it hears of changes by the stream of revocations, and asks
 * the service about the tokens that they concern.
 *
 * Threat, guarantee and limits: standing.ts decides, introspection.ts asks, revocations.ts hears.
 */
import { AuthError } from '../errors.ts'
import { createIntrospection } from './introspection.ts'
import type { VerifierSettings } from './options.ts'
import type { VerifiedPrincipal } from './principal.ts'
import { createRevocationFeed } from './revocations.ts'
import { type Answer, createStanding, type TokenFacts } from './standing.ts'

/** A verified token in the cache. */
export interface Remembered {
  readonly principal: VerifiedPrincipal
  readonly facts: TokenFacts
  /** What the service has last said about the token. */
  answer?: Answer
}

export interface RevocationCheck {
  /** Whether the token may be accepted without a question. */
  isTrusted(remembered: Remembered): boolean
  /**
   * Asks about the token, if it must be asked. Rejects with TOKEN_EXPIRED if its session has ended
   * or changed, and with VERIFIER_UNAVAILABLE if there is no answer.
   */
  confirm(token: string, remembered: Remembered): Promise<void>
  close(): Promise<void>
}

/** Without `revocations`, a token counts until it expires. */
export const noRevocationCheck: RevocationCheck = {
  isTrusted: () => true,
  async confirm() {},
  async close() {},
}

/** A question whose answer a newer change has overtaken is asked again. */
const MAX_QUESTIONS = 3

export function createRevocationCheck(
  { url, clock, log, timeoutMs }: VerifierSettings,
  { clientId, clientSecret, fail, onState }: NonNullable<VerifierSettings['revocations']>,
): RevocationCheck {
  const closing = new AbortController()
  const standing = createStanding(fail, clock)
  const introspection = createIntrospection({
    ...{ url: `${url}/auth/introspect`, clientId, clientSecret, timeoutMs, log },
    closing: closing.signal,
  })
  const feed = createRevocationFeed({
    ...{ url: `${url}/auth/revocations`, clientId, clientSecret },
    onChange: standing.hear,
    onState(state, reason) {
      standing.setState(state)
      if (state === 'up') log.info({ url }, 'The stream of revocations is up')
      else log.warn({ url, reason }, `The stream of revocations is down. ${CONSEQUENCE[fail]}`)
      try {
        onState?.(state, reason)
      } catch (error) {
        log.warn({ err: error }, 'revocations.onState has thrown')
      }
    },
  })
  feed.start()

  const questions = new Map<string, Promise<Answer>>()

  function ask(token: string): Promise<Answer> {
    const asked = questions.get(token)
    if (asked !== undefined) return asked
    const { heard } = standing
    const question = introspection
      .isActive(token)
      .then((active): Answer => ({ active, heard, answeredAt: clock.monotonic() }))
      .finally(() => questions.delete(token))
    questions.set(token, question)
    return question
  }

  return {
    isTrusted: ({ facts, answer }) => standing.judge(facts, answer) === 'trusted',

    async confirm(token, remembered) {
      const { sid, userId } = remembered.facts
      for (let asked = 0; asked <= MAX_QUESTIONS; asked += 1) {
        const verdict = standing.judge(remembered.facts, remembered.answer)
        if (verdict === 'trusted') return
        if (verdict === 'ended')
          throw new AuthError('TOKEN_EXPIRED', { reason: 'inactive', session: { sid, userId } })
        if (asked < MAX_QUESTIONS) remembered.answer = await ask(token)
      }
      throw new AuthError('VERIFIER_UNAVAILABLE', { retryAfterSeconds: 1 })
    },

    async close() {
      closing.abort(new Error('the verifier was closed'))
      await feed.close()
    },
  }
}

const CONSEQUENCE = {
  closed: 'The service is asked about the token of each request.',
  open: 'Tokens of ended sessions are accepted until they expire.',
} as const
