/**
 * What an administrator or an operator does to somebody's account.
 *
 * Threat: nobody is left who can administer; somebody who may change accounts makes themselves an administrator.
 * Guarantee: the last enabled administrator stays one, whoever asks and however many ask at once; nobody gives or takes a
 * role that permits what their own does not. A change takes effect at the next request, in every process.
 * What it does not do: set or show a password. It can only demand that its owner choose a new one.
 * Source: OWASP ASVS 5.0 V6.4 (no passwords known to administrators) and V8.2.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../clock.ts'
import { createCursors, type Page, pageOf } from '../cursor.ts'
import type { AccessChange, AccountStore, User } from '../db/store.ts'
import { AuthError, type AuthErrorCode } from '../errors.ts'
import type { Actor, Events, EventType } from '../events.ts'
import type { Proof } from './proof.ts'
import type { Roles } from './roles.ts'

export interface UserQuery {
  /** Most accounts on a page. */
  readonly limit: number
  /** Where the page before ended. */
  readonly cursor?: string | undefined
  /** What the address or the name contains. */
  readonly q?: string | undefined
}

export interface Administration {
  /** Accounts, the newest first. Rejects with INVALID_REQUEST when the cursor is none. */
  search(query: UserQuery): Promise<Page<User>>
  /**
   * Changes who may do what, at once and for every process.
   * Rejects with NOT_FOUND, INVALID_REQUEST for a role that is not defined, LAST_ADMINISTRATOR, or ACCESS_FORBIDDEN when
   * a role that is given or taken permits more than the actor's.
   * @param by who asks for it; left out on the command line, which may everything
   */
  changeAccess(userId: string, change: AccessChange, by?: Actor): Promise<User>
  setRole(user: User, role: string): Promise<void>
  setDisabled(user: User, disabled: boolean): Promise<void>
}

export interface AdministrationOptions {
  readonly store: AccountStore
  readonly clock: Clock
  readonly events: Events
  readonly roles: Roles
  readonly proof: Pick<Proof, 'forgetFailures'>
}

const ROWS_AT_ONCE = 1_000

const cursors = createCursors('users', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)

export function createAdministration(options: AdministrationOptions): Administration {
  const { store, clock, events, roles, proof } = options

  async function changeAccess(userId: string, change: AccessChange, by?: Actor): Promise<User> {
    const { role } = change
    if (role !== undefined && !roles.isRole(role)) {
      throw new AuthError('INVALID_REQUEST', { message: `There is no role ${JSON.stringify(role)}` })
    }
    const own = by && roles.within(by.role)
    const mayGive = own === undefined || role === undefined || own.includes(role)
    const outcome = mayGive ? await store.changeAccess(userId, change, clock.now(), own) : PROTECTED
    if (outcome.kind === 'protected') {
      const reason = 'a role that permits more than their own'
      await events.record('access-refused', { userId, actorId: by?.userId, client: by?.client, reason })
    }
    if (outcome.kind !== 'changed') throw new AuthError(REFUSALS[outcome.kind])
    const { before, after } = outcome
    if (before.disabledAt !== null && after.disabledAt === null) await proof.forgetFailures(after)
    for (const [type, reason] of whatChanged(before, after)) {
      await events.record(type, { userId, actorId: by?.userId, client: by?.client, reason })
    }
    return after
  }

  return {
    changeAccess,
    async setRole({ id }, role) {
      await changeAccess(id, { role })
    },
    async setDisabled({ id }, disabled) {
      await changeAccess(id, { disabled })
    },

    async search({ limit, cursor, q }) {
      const found: User[] = []
      const rows = q === undefined ? limit + 1 : ROWS_AT_ONCE
      let before = cursor === undefined ? undefined : cursors.read(cursor)
      for (;;) {
        const { users, reached } = await store.searchUsers({ text: q, before, rows })
        found.push(...users)
        if (found.length > limit || reached === null) return pageOf(found, limit, cursors)
        before = reached
        await nextTurn()
      }
    },
  }
}

const PROTECTED = { kind: 'protected' } as const

const REFUSALS = {
  unknown: 'NOT_FOUND',
  protected: 'ACCESS_FORBIDDEN',
  'last-administrator': 'LAST_ADMINISTRATOR',
} as const satisfies Record<string, AuthErrorCode>

function* whatChanged(before: User, after: User): Iterable<readonly [EventType, string?]> {
  if (before.role !== after.role) yield ['role-changed', `${before.role} to ${after.role}`]
  if (before.disabledAt !== after.disabledAt) yield [after.disabledAt === null ? 'enabled' : 'disabled']
  if (before.passwordChangeRequiredAt !== after.passwordChangeRequiredAt) {
    yield [after.passwordChangeRequiredAt === null ? 'password-change-waived' : 'password-change-required']
  }
}
