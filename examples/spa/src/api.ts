/**
 * All that a page has to do about authentication: fetch, and on 401 show the sign-in page. The cookies are none of its
 * business; the browser sends them, and the server renews them.
 */

/** Empty for the page's own origin; else where the service is, such as https://auth.example.com. */
export const SERVICE: string = import.meta.env.VITE_SERVICE_URL ?? ''

let showSignIn = (): void => {}

/** The listeners for a caller who is not signed in, or no longer. */
export function onSignedOut(listener: () => void): void {
  showSignIn = listener
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export async function send(
  method: Method,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Response> {
  const response = await fetch(SERVICE + path, {
    method,
    credentials: 'include',
    // Nothing here is kept; and Chromium would ask for the same thing one at a time, in case it could be.
    cache: 'no-store',
    signal: signal ?? null,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  // A wrong password at the sign-in is a 401 as well, and is told there.
  if (response.status === 401 && path !== '/auth/login') showSignIn()
  return response
}

export type RefusalDetails = Pick<Refusal, 'status' | 'code' | 'reason' | 'retryAfterSeconds'>

/** What the service did not do, in words for the person who asked. */
export class Refusal extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: string
  /** Which of several causes of the code it is, such as the rule that a password breaks. */
  readonly reason: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    message: string,
    { status = 0, code = 'UNREACHABLE', ...details }: Partial<RefusalDetails> = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.reason = details.reason
    this.retryAfterSeconds = details.retryAfterSeconds
  }
}

/** The answer's JSON. Rejects with a Refusal. */
export async function call<Answer>(method: Method, path: string, body?: object): Promise<Answer> {
  const response = await send(method, path, body).catch(() => {
    throw new Refusal('The service cannot be reached. Try again in a moment.')
  })
  if (!response.ok) throw await refusalOf(response)
  return response.status === 204 ? (undefined as Answer) : response.json()
}

async function refusalOf(response: Response): Promise<Refusal> {
  // What stands between may answer with a page instead.
  const { message, code = 'UNEXPECTED', reason } = await response.json().catch(() => ({}))
  const { status } = response
  const retryAfterSeconds = Number(response.headers.get('retry-after')) || undefined
  const sentence = String(message ?? `The service answered ${status}`).replace(/(?<![.!?])$/, '.')
  const again = retryAfterSeconds ? ` Try again in ${retryAfterSeconds} seconds.` : ''
  return new Refusal(sentence + again, { status, code, reason, retryAfterSeconds })
}
