/**
 * Changes that an administrator or an operator makes to an account.
 *
 * Threat: no administrator is left; an actor who may change accounts takes the role of an
 * administrator; an administrator who was demoted takes the role back by a request in progress.
 * Guarantee: the last enabled administrator stays one, also under parallel requests. An actor
 * cannot give or take a role that permits more than the actor's own role. The transaction of the
 * change checks the actor. A change takes effect at the next request, in every process.
 * Limits: an administrator cannot set or read a password, only require the owner to choose a new
 * one.
 * Source: OWASP ASVS 5.0 V6.4 (no passwords known to administrators) and V8.2.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createAuthorities } from '../access/authority.ts'
import type { Roles } from '../access/roles.ts'
import { createCursors, type Page, pageOf } from '../audit/cursor.ts'
import type { Actor, Events, EventType } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { Proof } from '../credentials/proof.ts'
import { throttleKey } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { MailNotices } from '../mail/notices.ts'
import { type Account, toAccount } from '../store/account.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AccessChange, AccountStore } from '../store/users.ts'
import { lookupKey } from './email.ts'

export interface UserQuery {
  /** Maximum number of accounts on a page. */
  readonly limit: number
  /** `nextCursor` of the previous page. */
  readonly cursor?: string | undefined
  /** Text that the address or the name contains. */
  readonly q?: string | undefined
}

/** Aborting the signal ends the search, and the page is incomplete: its client has disconnected. */
export interface SearchOptions {
  readonly signal?: AbortSignal
}

export interface Administration {
  /** Accounts, the newest first. Rejects with INVALID_REQUEST if the cursor is invalid. */
  search(query: UserQuery, options?: SearchOptions): Promise<Page<Account>>
  /**
   * Changes the role, disables or enables, or requires a new password. Takes effect at once in
   * every process.
   * Rejects with NOT_FOUND, LAST_ADMINISTRATOR, or INVALID_REQUEST for a role that is not defined.
   * Rejects with ACCESS_FORBIDDEN if a role that is given or taken permits more than the actor's
   * role. Rejects with SESSION_ENDED or PASSWORD_CHANGE_REQUIRED if the actor is no longer
   * authorised.
   * @param by the actor; undefined for the command line, which may change everything
   */
  changeAccess(userId: string, change: AccessChange, by?: Actor): Promise<Account>
  /**
   * Clears failed sign-ins, so that clients that the account does not know may try again.
   * Rejects with NOT_FOUND, or as `changeAccess` does.
   */
  unlock(user: Pick<Account, 'id' | 'email'>, by?: Actor): Promise<void>
  setRole(user: Pick<Account, 'id'>, role: string): Promise<void>
  setDisabled(user: Pick<Account, 'id'>, disabled: boolean): Promise<void>
  /** Whether there is an enabled account with the role `admin`. */
  hasAdministrator(): Promise<boolean>
  /**
   * Deletes the account of another person, without its password. Its sessions end at once in every
   * process, and its failed sign-ins are forgotten.
   * Rejects with NOT_FOUND or LAST_ADMINISTRATOR, or as `changeAccess` does. Rejects with
   * ACCESS_FORBIDDEN for the actor's own account, whose deletion takes the password.
   */
  deleteAccount(user: Pick<Account, 'id'>, by?: Actor): Promise<void>
}

export interface AdministrationOptions {
  readonly store: AccountStore
  readonly clock: Clock
  readonly events: Events
  readonly roles: Roles
  readonly proof: Pick<Proof, 'forgetFailures'>
  readonly notices: MailNotices
}

const ROWS_AT_ONCE = 1_000

const OWN_ACCOUNT =
  'An administrator cannot delete their own account here: use DELETE /me, which takes the password'

const cursors = createCursors('users', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

export function createAdministration(options: AdministrationOptions): Administration {
  const { store, clock, events, roles, proof, notices } = options
  const authorities = createAuthorities(options)

  async function changeAccess(userId: string, change: AccessChange, by?: Actor): Promise<Account> {
    const { role } = change
    if (role !== undefined && !roles.isRole(role)) {
      throw new AuthError('INVALID_REQUEST', { message: `There is no role ${JSON.stringify(role)}` })
    }
    const authority = by && authorities.of(by, 'users:write')
    const mailFor = notices.accountDisabled()
    const outcome = await store.changeAccess(userId, change, clock.now(), authority, mailFor)
    if (outcome.kind !== 'changed') throw await authorities.refusal(outcome.kind, userId, by)
    const { before, after } = outcome
    if (before.disabledAt !== null && after.disabledAt === null) await proof.forgetFailures(after.emailKey)
    for (const [type, reason] of accessEvents(before, after)) {
      await events.record(type, { userId, actorId: by?.userId, client: by?.client, reason })
    }
    return toAccount(after)
  }

  return {
    changeAccess,
    async unlock({ id: userId, email }, by) {
      const authority = by && authorities.of(by, 'users:write')
      const { kind } = await store.unlockUser(userId, throttleKey(lookupKey(email)), clock.now(), authority)
      if (kind !== 'unlocked') throw await authorities.refusal(kind, userId, by)
      await events.record('unlocked', { userId, actorId: by?.userId, client: by?.client })
    },
    async setRole({ id }, role) {
      await changeAccess(id, { role })
    },
    async setDisabled({ id }, disabled) {
      await changeAccess(id, { disabled })
    },
    hasAdministrator: () => store.hasAdministrator(),
    async deleteAccount({ id: userId }, by) {
      if (userId === by?.userId) throw new AuthError('ACCESS_FORBIDDEN', { message: OWN_ACCOUNT })
      const authority = by && authorities.of(by, 'users:write')
      const mailFor = notices.accountDeleted('operator')
      const outcome = await store.deleteUserFor(userId, clock.now(), authority, mailFor)
      if (outcome.kind !== 'deleted') throw await authorities.refusal(outcome.kind, userId, by)
      await proof.forgetFailures(outcome.user.emailKey)
      await events.record('account-deleted', { userId, actorId: by?.userId, client: by?.client })
    },

    async search({ limit, cursor, q }, { signal } = {}) {
      const found: Account[] = []
      const match = q === undefined ? undefined : { text: q, emailKey: lookupKey(q) }
      const rows = q === undefined ? limit + 1 : ROWS_AT_ONCE
      let before = cursor === undefined ? undefined : cursors.read(cursor)
      for (;;) {
        const { users, reached } = await store.searchUsers({ match, before, rows })
        found.push(...users.map(toAccount))
        if (found.length > limit || reached === null) return pageOf(found, limit, cursors)
        before = reached
        await nextTurn()
        if (signal?.aborted) return pageOf(found, limit, cursors)
      }
    },
  }
}

function* accessEvents(before: UserRow, after: UserRow): Iterable<readonly [EventType, string?]> {
  if (before.role !== after.role) yield ['role-changed', `${before.role} to ${after.role}`]
  if (before.disabledAt !== after.disabledAt) yield [after.disabledAt === null ? 'enabled' : 'disabled']
  if (before.passwordChangeRequiredAt !== after.passwordChangeRequiredAt) {
    yield [after.passwordChangeRequiredAt === null ? 'password-change-waived' : 'password-change-required']
  }
}
