import type { Authority } from '../../store/authority.ts'
import type {
  ConfirmedRegistration,
  Invitation,
  InvitationOutcome,
  RegistrationStore,
} from '../../store/registrations.ts'
import type { UserRow } from '../../store/user-row.ts'
import { rolesToInvite } from '../access-change.ts'
import { userByEmailKey } from './accounts.ts'
import type { Connections } from './connections.ts'
import { and, db, eq, getTableColumns, gt } from './drizzle.ts'
import { addEvent } from './events.ts'
import { isReserved, lockAddress } from './former-addresses.ts'
import { forgetToken, insertToken } from './one-time-tokens.ts'
import { addAllMail, addMail } from './outbox.ts'
import { lockUsers } from './rows.ts'
import { denialOf } from './standing.ts'
import { placeholder, prepare } from './statements.ts'
import { registrations, users } from './tables.ts'
import { clearFailures } from './throttles.ts'
import type { Transaction } from './transactions.ts'

const byHash = prepare(
  db
    .select()
    .from(registrations)
    .where(
      and(
        eq(registrations.hash, placeholder(registrations.hash, 'hash')),
        gt(registrations.expiresAt, placeholder(registrations.expiresAt, 'at')),
      ),
    ),
  getTableColumns(registrations),
)
const forgetAll = prepare(
  db.delete(registrations).where(eq(registrations.emailKey, placeholder(registrations.emailKey, 'emailKey'))),
  {},
)

/**
 * The transaction has locked the address.
 * @returns false if the address is taken, or another account may get it back
 */
async function addUser(transaction: Transaction, user: UserRow): Promise<boolean> {
  if (await isReserved(transaction, user.emailKey, user.createdAt)) return false
  const query = db.insert(users).values(user).onConflictDoNothing({ target: users.emailKey })
  return (await transaction.run(prepare(query, {}))) > 0
}

async function confirm(
  transaction: Transaction,
  { hash, at, ...confirmation }: ConfirmedRegistration,
): Promise<UserRow | null> {
  const seen = await transaction.get(byHash, { hash, at })
  if (seen === undefined) return null
  const { emailKey } = seen
  await lockAddress(transaction, emailKey)
  // Zero if another link of the address came back meanwhile: it has deleted all of them.
  if ((await transaction.run(forgetAll, { emailKey })) === 0) return null
  const user = confirmation.userOf(seen)
  if (!(await addUser(transaction, user))) return null
  for (const key of confirmation.clearFailures(user)) await clearFailures(transaction, key)
  for (const event of confirmation.eventsOf(user)) await addEvent(transaction, event)
  return user
}

async function mailLink(transaction: Transaction, invitation: Invitation, user: UserRow): Promise<void> {
  const { token, mail } = invitation.linkFor(user)
  await forgetToken(transaction, token)
  await insertToken(transaction, token)
  await addAllMail(transaction, [mail])
  await addEvent(transaction, invitation.event(user))
}

async function invite(
  transaction: Transaction,
  invitation: Invitation,
  by: Authority | undefined,
): Promise<InvitationOutcome> {
  const { emailKey } = invitation.user
  await lockAddress(transaction, emailKey)
  const seen = await transaction.get(userByEmailKey, { emailKey })
  const ids = [seen?.id, by?.userId].filter((id) => id !== undefined)
  const userOf = await lockUsers(transaction, ids)
  const before = seen && userOf(seen.id)
  const roles = rolesToInvite(before, invitation)
  const denied = by && (await denialOf(transaction, userOf(by.userId), by, roles, invitation.at))
  if (denied) return { kind: denied }
  if (before !== undefined && (before.invitedAt === null || before.disabledAt !== null))
    return { kind: 'exists' }
  const user = before ? { ...before, role: invitation.role ?? before.role } : invitation.user
  if (before === undefined) {
    if (!(await addUser(transaction, user))) return { kind: 'exists' }
  } else {
    const change = db.update(users).set({ role: user.role }).where(eq(users.id, user.id))
    await transaction.run(prepare(change, {}))
  }
  await mailLink(transaction, invitation, user)
  return { kind: 'invited', user }
}

export function createPostgresRegistrations(connections: Connections): RegistrationStore {
  return {
    addRegistration: (registration, mail) =>
      connections.transaction(async (transaction) => {
        if (!(await addMail(transaction, mail))) return false
        await transaction.run(prepare(db.insert(registrations).values(registration), {}))
        return true
      }),
    confirmRegistration: (confirmation) =>
      connections.transaction((transaction) => confirm(transaction, confirmation)),
    invite: (invitation, by) => connections.transaction((transaction) => invite(transaction, invitation, by)),
  }
}
