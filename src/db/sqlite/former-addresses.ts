import type { FormerAddress, UndoToken } from '../../store/address-changes.ts'
import type { UserRow } from '../../store/user-row.ts'
import { and, asc, desc, eq, gt, gte, ne } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { formerAddresses } from './tables.ts'

/** Which former addresses can still be put back. The caller has a transaction open. */
export function createFormerAddresses({ db }: SqliteConnection) {
  const { userId: owner, emailKey: key, expiresAt, step } = formerAddresses
  const exists = (condition: ReturnType<typeof and>): boolean =>
    db.select({ step }).from(formerAddresses).where(condition).limit(1).get() !== undefined

  return {
    /** Whether another account than `userId` may get the address back. */
    isReserved: (emailKey: string, at: number, userId?: string): boolean =>
      exists(and(eq(key, emailKey), gt(expiresAt, at), userId ? ne(owner, userId) : undefined)),
    /** Whether the account may get another address back. */
    hasOther: ({ id, emailKey }: UserRow, at: number): boolean =>
      exists(and(eq(owner, id), ne(key, emailKey), gt(expiresAt, at))),
    /** The step of the first link to the address. */
    firstStep: (userId: string, emailKey: string, at: number): number | undefined =>
      db
        .select({ step })
        .from(formerAddresses)
        .where(and(eq(owner, userId), eq(key, emailKey), gt(expiresAt, at)))
        .orderBy(asc(step))
        .limit(1)
        .get()?.step,
    add({ id: userId, email, emailKey, emailConfirmedAt }: UserRow, undo: UndoToken): void {
      const ofUser = db.select({ step }).from(formerAddresses).where(eq(owner, userId))
      const last = ofUser.orderBy(desc(step)).limit(1).get()?.step ?? 0
      const row = { ...undo, userId, email, emailKey, emailConfirmedAt, step: last + 1 }
      db.insert(formerAddresses).values(row).run()
    },
    forgetFrom: (userId: string, from: number): void =>
      void db
        .delete(formerAddresses)
        .where(and(eq(owner, userId), gte(step, from)))
        .run(),
    find: (hash: Buffer, at: number): FormerAddress | undefined =>
      db
        .select()
        .from(formerAddresses)
        .where(and(eq(formerAddresses.hash, hash), gt(expiresAt, at)))
        .get(),
  }
}
