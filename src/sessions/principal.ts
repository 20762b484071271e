import type { Account } from '../store/account.ts'
import type { SessionInfo } from '../store/session-info.ts'

/** The caller of a request. A principal never changes, and a handler may log it or answer with it: it holds no secret. */
export interface Principal {
  readonly userId: string
  readonly sid: string
  readonly role: string
  /** Permissions separated by spaces. */
  readonly scope: string
  /** Generation of the refresh token that was handed out together with the access token. */
  readonly generation: number
  readonly user: Account
  readonly session: SessionInfo
  /** When the access token ends, in milliseconds since the Unix epoch. */
  readonly expiresAt: number
}

/** The part of a principal that its account and its session do not tell. */
export type PrincipalToken = Pick<Principal, 'scope' | 'generation' | 'expiresAt'>

/** @param user and `session` are frozen: see `toAccount` and `toSessionInfo` */
export const createPrincipal = (
  user: Account,
  session: SessionInfo,
  { scope, generation, expiresAt }: PrincipalToken,
): Principal =>
  Object.freeze({
    userId: user.id,
    sid: session.id,
    role: user.role,
    scope,
    generation,
    user,
    session,
    expiresAt,
  })
