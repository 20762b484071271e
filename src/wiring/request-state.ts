/**
 * The state of a request while it is served. It has no named decorator: `request.tacit` is the part
 * for applications.
 */
import { inspect } from 'node:util'
import type { RegisteredClient } from '../clients/clients.ts'
import type { Identified, Recognition } from '../sessions/authentication.ts'
import type { Issuance } from '../sessions/issuance.ts'
import type { RequestFacade } from './request-facade.ts'

export class RequestState {
  /** Keeps tokens out of a printed request. JSON omits the state, because its key is a symbol. */
  [inspect.custom](): string {
    return '[tacit]'
  }

  /**
   * Monotonic milliseconds when the request's head arrived, or on a public route its complete body.
   */
  arrivedTick = 0
  /**
   * Result of the hook `recognise`: the caller, if the principal cache has the access token.
   * Undefined before the hook runs.
   */
  recognition: Recognition | null | undefined = undefined
  /** The caller that the hook `authenticate` has found by verifying a token. */
  identified: Identified | undefined = undefined
  /** The registered client that the request has authenticated as. */
  oauthClient: RegisteredClient | null = null
  /**
   * Called once with the session of the request, or with null if its tokens proved none. A limit
   * sets it when it counts a request whose session is not verified yet.
   */
  whenIdentified: ((sid: string | null) => void) | null = null
  /** Whether the response sets or clears the cookies of the session. */
  cookieChange: Issuance | 'clear' | null = null
  /** The device cookie of a sign-in, set together with an issuance. */
  deviceCookie: string | null = null
  /**
   * Duration of the authentication in milliseconds; null if there was none. Measured in development
   * only.
   */
  authenticationMs: number | null = null
  facade: RequestFacade | undefined = undefined
}

export const REQUEST_STATE = Symbol('tacit')

/**
 * Created at the first use: a hook of the application may end a request before any hook of the
 * service runs.
 */
export function stateOf(request: object): RequestState {
  const holder = request as { [REQUEST_STATE]: RequestState | null }
  holder[REQUEST_STATE] ??= new RequestState()
  return holder[REQUEST_STATE]
}
