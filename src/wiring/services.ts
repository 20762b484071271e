/**
 * The services of `app.tacit`, for the application.
 *
 * Threat: an application returns or logs a result of the service that holds a password hash or the
 * seed of a session.
 * Guarantee: accounts and sessions are returned as the HTTP API returns them. No key, secret or row
 * can be reached.
 */
import type { Roles } from '../access/roles.ts'
import type { Accounts, NewAccount } from '../accounts/accounts.ts'
import type { Invitations, Invitee } from '../accounts/invitation.ts'
import type { Events } from '../audit/events.ts'
import { presentSession, presentUser } from '../schemas/present.ts'
import type { SessionView } from '../schemas/session.ts'
import type { UserView } from '../schemas/user.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { AccessChange } from '../store/users.ts'

/** Accounts as the HTTP API returns them: no password hash. */
export interface AccountService {
  /**
   * The account with this id. Rejects with NOT_FOUND.
   *
   * @example
   * const { email, role } = await app.tacit.accounts.get(userId)
   */
  get(userId: string): Promise<UserView>
  /**
   * The account with this address, in any spelling that signs in to it; undefined if there is none.
   *
   * @example
   * const user = await app.tacit.accounts.findByEmail('ada@example.com')
   */
  findByEmail(email: string): Promise<UserView | undefined>
  /**
   * Creates an account. The caller is not signed in. Rejects with PASSWORD_REJECTED or
   * ACCOUNT_EXISTS.
   *
   * @example
   * await app.tacit.accounts.create({ email: 'ada@example.com', password, name: 'Ada' })
   */
  create(account: NewAccount): Promise<UserView>
  /**
   * Creates an account without a password, and mails a link to choose one. An account that still
   * has none gets another link, which voids the last one. Does not check who asks: guard the route.
   * Rejects with ACCOUNT_EXISTS, MAIL_OFF, or INVALID_REQUEST for a role that is not defined.
   *
   * @example
   * await app.tacit.accounts.invite({ email: 'ada@example.com', role: 'editor' })
   */
  invite(invitee: Invitee): Promise<UserView>
  /**
   * Changes the role, disables or enables, or requires a new password. Takes effect at once in
   * every process. Does not check who asks: guard the route.
   * Rejects with NOT_FOUND, INVALID_REQUEST for a role that is not defined, or LAST_ADMINISTRATOR.
   *
   * @example
   * await app.tacit.accounts.changeAccess(userId, { role: 'editor' })
   */
  changeAccess(userId: string, change: AccessChange): Promise<UserView>
}

/** Sessions as the HTTP API returns them: no token and no seed. */
export interface SessionService {
  /**
   * The live sessions of an account, the latest seen first. Empty for an unknown account.
   *
   * @example
   * const [latest] = await app.tacit.sessions.list(userId)
   */
  list(userId: string): Promise<SessionView[]>
  /**
   * Ends all sessions of an account except `keepSid`.
   * @returns the number of sessions that were ended
   *
   * @example
   * await app.tacit.sessions.endAll(principal.userId, principal.sid)
   */
  endAll(userId: string, keepSid?: string): Promise<number>
}

/** Rejections are an `AuthError` with a stable `code`. */
export interface Services {
  readonly accounts: AccountService
  readonly sessions: SessionService
  /** The defined roles and their permissions. */
  readonly roles: Roles
  /**
   * `list` returns a page of security events, the newest first, and `nextCursor` for the next page.
   * It rejects with INVALID_REQUEST if the cursor is invalid. `counts` returns the number of events
   * of each type since the process started.
   *
   * @example
   * const { entries } = await app.tacit.events.list({ type: 'sign-in-failed', limit: 50 })
   */
  readonly events: Pick<Events, 'list' | 'counts'>
}

export interface ServicesOptions {
  readonly accounts: Accounts
  readonly invitations: Invitations
  readonly sessions: Sessions
  readonly roles: Roles
  readonly events: Events
}

export const createServices = ({
  accounts,
  invitations,
  sessions,
  roles,
  events,
}: ServicesOptions): Services => ({
  accounts: Object.freeze({
    async get(userId) {
      return presentUser(await accounts.get(userId))
    },
    async findByEmail(email) {
      const user = await accounts.findByEmail(email)
      return user && presentUser(user)
    },
    async create(account) {
      return presentUser(await accounts.create(account))
    },
    async invite(invitee) {
      return presentUser(await invitations.invite(invitee))
    },
    async changeAccess(userId, change) {
      return presentUser(await accounts.changeAccess(userId, change))
    },
  } satisfies AccountService),
  sessions: Object.freeze({
    async list(userId) {
      return (await sessions.list(userId)).map((session) => presentSession(session, ''))
    },
    endAll: (userId, keepSid) => sessions.endAll(userId, keepSid ?? null, 'ended-by-administrator'),
  } satisfies SessionService),
  roles: Object.freeze({ ...roles, names: Object.freeze([...roles.names]) }),
  events: Object.freeze({ list: (query) => events.list(query), counts: () => events.counts() } satisfies Pick<
    Events,
    'list' | 'counts'
  >),
})
