import type { Client } from '../audit/events.ts'

/** `request.tacit`: what a handler may know of its request beside `request.principal`, and do to its session. */
export interface RequestFacade {
  /**
   * When the request's head was read, in milliseconds since the Unix epoch, but at most REQUEST_TIMEOUT ago. On a public
   * route it is when the body was there. Tokens are judged by this moment.
   */
  readonly arrivedAt: number
  /** Where the request came from: address and user agent, bounded in length. */
  readonly client: Client
  /** Whether `request.principal` is there. */
  readonly isSignedIn: boolean
  /** Ends the sessions of the request's cookies, or of its bearer token, and clears the cookies. */
  signOut(): Promise<void>
}
