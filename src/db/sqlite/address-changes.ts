import type { AddressChangeStore } from '../../store/address-changes.ts'
import type { UserRow } from '../../store/user-row.ts'
import { NO_PASSWORD } from '../../store/users.ts'
import type { SqliteChanges } from './changes.ts'
import { and, eq, gt, ne } from './drizzle.ts'
import { createFormerAddresses } from './former-addresses.ts'
import type { TokenEffects } from './one-time-tokens.ts'
import type { SqliteConnection } from './open.ts'
import type { SqliteOutbox } from './outbox.ts'
import { createStanding } from './standing.ts'
import type { Synchronous } from './synchronous.ts'
import { addressChanges, oneTimeTokens, users } from './tables.ts'
import { prepareById } from './whole-row.ts'

export interface AddressEffects
  extends Pick<TokenEffects, 'endSessionsOfUser' | 'clearFailures' | 'addEvent'>,
    Pick<SqliteOutbox, 'addAll' | 'hasRoom'> {}

export function createSqliteAddressChanges(
  connection: SqliteConnection,
  changes: SqliteChanges,
  { endSessionsOfUser, clearFailures, addEvent, addAll, hasRoom }: AddressEffects,
): Synchronous<AddressChangeStore> {
  const { db, driver } = connection
  const userById = prepareById(connection, users)
  const standing = createStanding(connection, userById)
  const former = createFormerAddresses(connection)
  const transaction = <Result>(change: () => Result): Result => driver.transaction(change).immediate()

  function isTaken(emailKey: string, userId: string, at: number): boolean {
    const another = and(eq(users.emailKey, emailKey), ne(users.id, userId))
    const hasAnother = db.select({ id: users.id }).from(users).where(another).get() !== undefined
    return former.isReserved(emailKey, at, userId) || hasAnother
  }

  const forgetChange = (userId: string): void =>
    void db.delete(addressChanges).where(eq(addressChanges.userId, userId)).run()

  /** Sets the address. Links that were mailed to the address before are void. */
  function change(user: UserRow, changed: Partial<UserRow>, at: number): UserRow {
    db.update(users).set(changed).where(eq(users.id, user.id)).run()
    forgetChange(user.id)
    db.delete(oneTimeTokens).where(eq(oneTimeTokens.userId, user.id)).run()
    changes.addUser(user.id, at)
    return { ...user, ...changed }
  }

  return {
    requestAddressChange: ({ change, undo, by, mail, notice, event }) =>
      transaction(() => {
        const { userId, emailKey, createdAt: at } = change
        const user = userById(userId)
        if (user === undefined || !standing.isOwner(user, by, at)) return 'session-ended'
        const isReturn = former.firstStep(userId, emailKey, at) !== undefined
        const toNew = isTaken(emailKey, userId, at) ? mail.ifTaken : mail.ifFree
        const all = [toNew, ...(isReturn ? [] : notice(user))]
        if (!all.every(hasRoom)) return 'limited'
        const { emailKey: fromEmailKey, passwordChangedAt } = user
        forgetChange(userId)
        db.insert(addressChanges)
          .values({ ...change, fromEmailKey, passwordChangedAt })
          .run()
        if (!isReturn) former.add(user, undo)
        addAll(all)
        addEvent(event)
        return 'requested'
      }),

    confirmAddressChange: ({ hash, at, undo, ...confirmation }) =>
      transaction(() => {
        const isThis = and(eq(addressChanges.hash, hash), gt(addressChanges.expiresAt, at))
        const found = db.select().from(addressChanges).where(isThis).get()
        const user = found && userById(found.userId)
        if (found === undefined || user === undefined || user.disabledAt !== null) return null
        if (found.passwordChangedAt !== user.passwordChangedAt) return null
        const { email, emailKey } = found
        if (found.fromEmailKey !== user.emailKey || isTaken(emailKey, user.id, at)) return null

        const step = former.firstStep(user.id, emailKey, at)
        if (step === undefined) former.add(user, undo)
        else former.forgetFrom(user.id, step)
        const after = change(user, { email, emailKey, emailConfirmedAt: at }, at)
        for (const key of confirmation.clearFailures(emailKey)) clearFailures(key)
        addEvent(confirmation.event(after))
        addAll(confirmation.notice(user, step !== undefined))
        return after
      }),

    restoreAddress: ({ hash, at, event, mail }) =>
      transaction(() => {
        const found = former.find(hash, at)
        if (found === undefined) return null
        // The foreign key gives every former address an account.
        const user = userById(found.userId) as UserRow
        const { email, emailKey, emailConfirmedAt } = found
        // Every link of an address has the place of its first one.
        former.forgetFrom(user.id, former.firstStep(user.id, emailKey, at) as number)
        const changed = {
          ...{ email, emailKey, emailConfirmedAt: emailConfirmedAt ?? at },
          passwordHash: NO_PASSWORD,
          // As in a change of the password: this time identifies it.
          passwordChangedAt: Math.max(at, user.passwordChangedAt + 1),
        }
        const after = change(user, changed, at)
        endSessionsOfUser(user.id, 'address-restored', at, null)
        addEvent(event(after))
        addAll(mail(user, after))
        return after
      }),
  }
}
