/** Pure parts of the subscriber of revocations: see revocations.ts. */

/** A session that ended or went stale, or an account whose sessions all did. */
export interface RevokedChange {
  readonly of: 'session' | 'user'
  readonly id: string
}

const MIN_RETRY_MS = 100
const MAX_PAUSE_MS = 10_000
const DEFAULT_RETRY_MS = 500
/** A service that asks for a longer pause is asked again after this one. */
const MAX_RETRY_AFTER_MS = 60_000

/** An answer that is no stream. */
class RefusedStream extends Error {
  readonly retryAfterMs: number
  constructor(message: string, retryAfterMs: number) {
    super(message)
    this.retryAfterMs = retryAfterMs
  }
}

const formEncoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)

/** RFC 6749 section 2.3.1. */
export const basicAuthorization = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`

/** Whether the place can be sent in a header. */
export const isPlace = (id: string): boolean => /^[\x21-\x7e]{1,200}$/.test(id)

/**
 * Returns the change that an event tells of; undefined if it tells of none. A change that this
 * version does not understand may concern every session.
 */
export function changeOf(event: string | undefined, data: string): RevokedChange | 'everything' | undefined {
  if (event === 'everything') return 'everything'
  if (event !== 'change') return undefined
  try {
    const { of, id } = JSON.parse(data)
    if ((of === 'session' || of === 'user') && typeof id === 'string') return { of, id }
  } catch {
    // Malformed, so not understood either.
  }
  return 'everything'
}

/** Returns why an answer is no stream; undefined if it is one. */
export function refusalOf({ status, headers }: Response): Error | undefined {
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (status === 200 && type === 'text/event-stream') return undefined
  const retryAfterMs = Math.min(Number(headers.get('retry-after')) * 1_000 || 0, MAX_RETRY_AFTER_MS)
  const answer = status === 200 ? `with the content type ${type ?? '(none)'}` : String(status)
  const advice = status === 401 ? ': check the id and the secret of the client' : ''
  return new RefusedStream(`the service answered ${answer}${advice}`, retryAfterMs)
}

/** Returns the reason of a failure for an operator. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  // The error of fetch itself only says "fetch failed".
  const { code, message: deeper } = (cause ?? {}) as { code?: unknown; message?: unknown }
  return [message, code ?? deeper].filter(Boolean).join(': ')
}

/**
 * Exponential backoff with jitter, so that verifiers do not all come back at once.
 * @param retryMs the pause that the stream has asked for
 */
export function pauseAfter(failures: number, retryMs = DEFAULT_RETRY_MS, error?: unknown): number {
  const longest = Math.min(Math.max(retryMs, MIN_RETRY_MS) * 2 ** failures, MAX_PAUSE_MS)
  const asked = error instanceof RefusedStream ? error.retryAfterMs : 0
  return Math.max(longest * (0.5 + Math.random() / 2), asked)
}
