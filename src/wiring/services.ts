/**
 * `app.tacit`: what an application may use of the service.
 *
 * Threat: an application answers or logs what the service returns to it, with the hash of a password or the seed of a session.
 * Guarantee: accounts and sessions are returned as the HTTP API shows them. No key, secret or row can be reached.
 */
import type { Roles } from '../access/roles.ts'
import type { Accounts, NewAccount } from '../accounts/accounts.ts'
import type { Events } from '../audit/events.ts'
import { presentSession, presentUser } from '../schemas/present.ts'
import type { SessionView } from '../schemas/session.ts'
import type { UserView } from '../schemas/user.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { AccessChange } from '../store/users.ts'

export interface AccountService {
  /** Rejects with NOT_FOUND. */
  get(userId: string): Promise<UserView>
  findByEmail(email: string): Promise<UserView | undefined>
  /** Rejects with PASSWORD_REJECTED or ACCOUNT_EXISTS. */
  create(account: NewAccount): Promise<UserView>
  /**
   * Changes the role, disables, or requires a new password, at once and in every process, without asking who wants it.
   * Rejects with NOT_FOUND, INVALID_REQUEST for a role that is not defined, or LAST_ADMINISTRATOR.
   */
  changeAccess(userId: string, change: AccessChange): Promise<UserView>
}

export interface SessionService {
  /** The sessions of an account, the latest seen first. */
  list(userId: string): Promise<SessionView[]>
  /** Ends all sessions of an account but `keepSid`. @returns how many */
  endAll(userId: string, keepSid?: string): Promise<number>
}

export interface Services {
  readonly accounts: AccountService
  readonly sessions: SessionService
  readonly roles: Roles
  readonly events: Pick<Events, 'list' | 'counts'>
}

export interface ServicesOptions {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly roles: Roles
  readonly events: Events
}

export const createServices = ({ accounts, sessions, roles, events }: ServicesOptions): Services => ({
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
