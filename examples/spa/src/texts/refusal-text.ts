import type { Texts } from './en.ts'

/** What the service refused, as `Refusal` of api.ts has it. */
export interface RefusedRequest {
  /** The sentence of the service, in English. */
  readonly message: string
  readonly status: number
  readonly code: string
  readonly reason?: string | undefined
  readonly retryAfterSeconds?: number | undefined
}

/**
 * Returns the text of a refusal. A code that the texts do not know gets the sentence of the service.
 * @param duration writes seconds: "30 seconds"
 */
export function refusalText(
  { message, status, code, reason, retryAfterSeconds = 0 }: RefusedRequest,
  texts: Texts,
  duration: (ms: number) => string,
): string {
  if (code === UNEXPECTED) return texts.unexpected(status)
  const known =
    (code === 'PASSWORD_REJECTED' && textOf(texts.rejected, reason)) || textOf(texts.refusals, code)
  if (known === undefined) return message
  return retryAfterSeconds > 1 ? known + texts.retryIn(duration(retryAfterSeconds * 1_000)) : known
}

/** The code for an answer that does not come from the service. */
const UNEXPECTED = 'UNEXPECTED'

/** A name comes from the service, so it may be any, such as `constructor`. */
export const textOf = (texts: Readonly<Record<string, string>>, name: string | undefined) =>
  name !== undefined && Object.hasOwn(texts, name) ? texts[name] : undefined
