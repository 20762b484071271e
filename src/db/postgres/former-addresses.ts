/** The addresses that an account may get back. */
import type { FormerAddress, UndoToken } from '../../store/address-changes.ts'
import type { UserRow } from '../../store/user-row.ts'
import { and, asc, db, desc, eq, getTableColumns, gt, gte, ne } from './drizzle.ts'
import { lockName } from './locks.ts'
import { prepare } from './statements.ts'
import { formerAddresses } from './tables.ts'
import type { Transaction } from './transactions.ts'

const { userId: owner, emailKey: key, expiresAt, step } = formerAddresses

/**
 * Held by a transaction that gives an address to an account. It is taken before the account is
 * locked, so that two such transactions do not wait for each other.
 */
export const lockAddress = (transaction: Transaction, emailKey: string): Promise<void> =>
  lockName(transaction, `address ${emailKey}`)

const exists = async (transaction: Transaction, condition: ReturnType<typeof and>): Promise<boolean> => {
  const query = db.select({ step }).from(formerAddresses).where(condition).limit(1)
  return (await transaction.get(prepare(query, { step }))) !== undefined
}

/** Whether another account than `userId` may get the address back. */
export const isReserved = (
  transaction: Transaction,
  emailKey: string,
  at: number,
  userId?: string,
): Promise<boolean> =>
  exists(transaction, and(eq(key, emailKey), gt(expiresAt, at), userId ? ne(owner, userId) : undefined))

/** Whether the account may get another address back. */
export const hasOtherAddress = (
  transaction: Transaction,
  { id, emailKey }: UserRow,
  at: number,
): Promise<boolean> => exists(transaction, and(eq(owner, id), ne(key, emailKey), gt(expiresAt, at)))

/** The step of the first link to the address. */
export async function firstStep(
  transaction: Transaction,
  userId: string,
  emailKey: string,
  at: number,
): Promise<number | undefined> {
  const query = db
    .select({ step })
    .from(formerAddresses)
    .where(and(eq(owner, userId), eq(key, emailKey), gt(expiresAt, at)))
    .orderBy(asc(step))
    .limit(1)
  return (await transaction.get(prepare(query, { step })))?.step
}

export async function addFormer(transaction: Transaction, user: UserRow, undo: UndoToken): Promise<void> {
  const { id: userId, email, emailKey, emailConfirmedAt } = user
  const ofUser = db.select({ step }).from(formerAddresses).where(eq(owner, userId))
  const last = await transaction.get(prepare(ofUser.orderBy(desc(step)).limit(1), { step }))
  const row = { ...undo, userId, email, emailKey, emailConfirmedAt, step: (last?.step ?? 0) + 1 }
  await transaction.run(prepare(db.insert(formerAddresses).values(row), {}))
}

export async function forgetFrom(transaction: Transaction, userId: string, from: number): Promise<void> {
  const query = db.delete(formerAddresses).where(and(eq(owner, userId), gte(step, from)))
  await transaction.run(prepare(query, {}))
}

/** Returns the address that a token puts back at `at`. */
export async function findFormer(
  transaction: Transaction,
  hash: Buffer,
  at: number,
): Promise<FormerAddress | undefined> {
  const isThis = and(eq(formerAddresses.hash, hash), gt(expiresAt, at))
  const query = db.select().from(formerAddresses).where(isThis)
  return transaction.get(prepare(query, getTableColumns(formerAddresses)))
}
