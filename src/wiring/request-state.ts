/**
 * What the service keeps about a request while it is answered. It is no decorator with a name: `request.tacit` shows what an
 * application may see of it.
 */
import { inspect } from 'node:util'
import type { Identified, Recognition } from '../sessions/authentication.ts'
import type { Issuance } from '../sessions/issuance.ts'
import type { RequestFacade } from './request-facade.ts'

export class RequestState {
  /** A request that is printed shows no token. JSON leaves it out, because its key is a symbol. */
  [inspect.custom](): string {
    return '[tacit]'
  }

  /** The clock's even milliseconds when the request's head was read, or its body on a public route. */
  arrivedTick = 0
  /** What the hook `recognise` has found: the caller, if the principal cache knows the access token. Undefined before. */
  recognition: Recognition | null | undefined = undefined
  /** The caller whom the hook `authenticate` has found by a look at the token. */
  identified: Identified | undefined = undefined
  /**
   * Called once with the session of the request; with null if its tokens proved none. Set by what counts requests before
   * that is known.
   */
  whenIdentified: ((sid: string | null) => void) | null = null
  /** What the response will do to the browser's cookies. */
  cookieChange: Issuance | 'clear' | null = null
  /** The device cookie that goes along with an issuance at a sign-in. */
  deviceCookie: string | null = null
  /** How long authentication took; null where there was none. In development only. */
  authenticationMs: number | null = null
  facade: RequestFacade | undefined = undefined
}

export const REQUEST_STATE = Symbol('tacit')

/** Made at the first use: a hook of the application may answer before any hook of the service runs. */
export function stateOf(request: object): RequestState {
  const holder = request as { [REQUEST_STATE]: RequestState | null }
  holder[REQUEST_STATE] ??= new RequestState()
  return holder[REQUEST_STATE]
}
