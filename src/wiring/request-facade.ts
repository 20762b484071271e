import type { Client } from '../audit/events.ts'

/**
 * `request.tacit`: data of a request beside `request.principal`, and the sign-out.
 *
 * @example
 * app.post('/leave', { config: { auth: 'signed-in' } }, async (request, reply) => {
 *   await request.tacit.signOut()
 *   return reply.redirect('/')
 * })
 */
export interface RequestFacade {
  /**
   * When the request's head arrived, in milliseconds since the Unix epoch, but at most
   * REQUEST_TIMEOUT ago. On a public route, when its body was complete. The expiry of tokens is
   * compared with this time.
   */
  readonly arrivedAt: number
  /** Address and user agent of the client, bounded in length. */
  readonly client: Client
  /** Whether `request.principal` is set. */
  readonly isSignedIn: boolean
  /**
   * Ends the session of the bearer token if there is one, else the sessions of the cookies, which
   * it clears. Rejects with STORE_UNAVAILABLE if the database does not answer.
   */
  signOut(): Promise<void>
}
