import type {
  AddressChangeStore,
  AddressConfirmation,
  AddressRequest,
  AddressRestoration,
} from '../../store/address-changes.ts'
import type { UserRow } from '../../store/user-row.ts'
import { NO_PASSWORD } from '../../store/users.ts'
import type { PostgresChanges } from './changes.ts'
import type { Connections } from './connections.ts'
import { and, db, eq, getTableColumns, gt, ne } from './drizzle.ts'
import type { Endings } from './endings.ts'
import { addEvent } from './events.ts'
import { addFormer, findFormer, firstStep, forgetFrom, isReserved, lockAddress } from './former-addresses.ts'
import { forgetTokensOf } from './one-time-tokens.ts'
import { addAllMail, hasRoom } from './outbox.ts'
import { lockUsers } from './rows.ts'
import { isOwner } from './standing.ts'
import { prepare } from './statements.ts'
import { addressChanges, users } from './tables.ts'
import { clearFailures } from './throttles.ts'
import type { Transaction } from './transactions.ts'

async function isTaken(
  transaction: Transaction,
  emailKey: string,
  userId: string,
  at: number,
): Promise<boolean> {
  const query = db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.emailKey, emailKey), ne(users.id, userId)))
  const hasAnother = (await transaction.get(prepare(query, { id: users.id }))) !== undefined
  return (await isReserved(transaction, emailKey, at, userId)) || hasAnother
}

async function forgetChange(transaction: Transaction, userId: string): Promise<void> {
  await transaction.run(prepare(db.delete(addressChanges).where(eq(addressChanges.userId, userId)), {}))
}

/** Sets the address. Links that were mailed to the address before are void. */
async function change(transaction: Transaction, user: UserRow, changed: Partial<UserRow>): Promise<UserRow> {
  await transaction.run(prepare(db.update(users).set(changed).where(eq(users.id, user.id)), {}))
  await forgetChange(transaction, user.id)
  await forgetTokensOf(transaction, user.id)
  return { ...user, ...changed }
}

async function request(transaction: Transaction, { change, undo, by, mail, notice, event }: AddressRequest) {
  const { userId, emailKey, createdAt: at } = change
  const user = (await lockUsers(transaction, [userId]))(userId)
  if (user === undefined || !(await isOwner(transaction, user, by, at))) return 'session-ended'
  const isReturn = (await firstStep(transaction, userId, emailKey, at)) !== undefined
  const toNew = (await isTaken(transaction, emailKey, userId, at)) ? mail.ifTaken : mail.ifFree
  const all = [toNew, ...(isReturn ? [] : notice(user))]
  for (const each of all) if (!(await hasRoom(transaction, each))) return 'limited'
  await forgetChange(transaction, userId)
  const { emailKey: fromEmailKey, passwordChangedAt } = user
  const row = { ...change, fromEmailKey, passwordChangedAt }
  await transaction.run(prepare(db.insert(addressChanges).values(row), {}))
  if (!isReturn) await addFormer(transaction, user, undo)
  await addAllMail(transaction, all)
  await addEvent(transaction, event)
  return 'requested'
}

/** Locks the address and then the account, so that the second of two requests finds the token used. */
async function lockChange(transaction: Transaction, hash: Buffer, at: number) {
  const isThis = and(eq(addressChanges.hash, hash), gt(addressChanges.expiresAt, at))
  const byHash = prepare(db.select().from(addressChanges).where(isThis), getTableColumns(addressChanges))
  const seen = await transaction.get(byHash)
  if (seen === undefined) return undefined
  await lockAddress(transaction, seen.emailKey)
  const user = (await lockUsers(transaction, [seen.userId]))(seen.userId)
  const found = await transaction.get(byHash)
  return user && found && { user, found }
}

async function confirm(
  transaction: Transaction,
  changes: PostgresChanges,
  { hash, at, undo, ...confirmation }: AddressConfirmation,
): Promise<UserRow | null> {
  const locked = await lockChange(transaction, hash, at)
  if (locked === undefined || locked.user.disabledAt !== null) return null
  const { user, found } = locked
  const { email, emailKey } = found
  if (found.passwordChangedAt !== user.passwordChangedAt) return null
  if (found.fromEmailKey !== user.emailKey || (await isTaken(transaction, emailKey, user.id, at))) return null

  const from = await firstStep(transaction, user.id, emailKey, at)
  const after = await change(transaction, user, { email, emailKey, emailConfirmedAt: at })
  if (from === undefined) await addFormer(transaction, user, undo)
  else await forgetFrom(transaction, user.id, from)
  for (const each of confirmation.clearFailures(emailKey)) await clearFailures(transaction, each)
  await addEvent(transaction, confirmation.event(after))
  await addAllMail(transaction, confirmation.notice(user, from !== undefined))
  await changes.add(transaction, [{ of: 'user', id: user.id }], at)
  return after
}

async function restore(
  transaction: Transaction,
  { changes, endings }: { changes: PostgresChanges; endings: Endings },
  { hash, at, event, mail }: AddressRestoration,
): Promise<UserRow | null> {
  const seen = await findFormer(transaction, hash, at)
  if (seen === undefined) return null
  await lockAddress(transaction, seen.emailKey)
  const user = (await lockUsers(transaction, [seen.userId]))(seen.userId)
  const found = await findFormer(transaction, hash, at)
  if (user === undefined || found === undefined) return null
  // Every link of an address has the place of its first one.
  const from = await firstStep(transaction, user.id, found.emailKey, at)
  await forgetFrom(transaction, user.id, from as number)
  const { email, emailKey, emailConfirmedAt } = found
  const after = await change(transaction, user, {
    ...{ email, emailKey, emailConfirmedAt: emailConfirmedAt ?? at },
    passwordHash: NO_PASSWORD,
    // As in a change of the password: this time identifies it.
    passwordChangedAt: Math.max(at, user.passwordChangedAt + 1),
  })
  await addEvent(transaction, event(after))
  await addAllMail(transaction, mail(user, after))
  await endings.endSessionsOf(transaction, user.id, 'address-restored', at, null)
  await changes.add(transaction, [{ of: 'user', id: user.id }], at)
  return after
}

export const createPostgresAddressChanges = (
  connections: Connections,
  changes: PostgresChanges,
  endings: Endings,
): AddressChangeStore => ({
  requestAddressChange: (asked) => connections.transaction((transaction) => request(transaction, asked)),
  confirmAddressChange: (confirmation) =>
    connections.transaction((transaction) => confirm(transaction, changes, confirmation)),
  restoreAddress: (restoration) =>
    connections.transaction((transaction) => restore(transaction, { changes, endings }, restoration)),
})
