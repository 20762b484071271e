import type { AuthEvent } from '../../store/events.ts'
import type { NewMail } from '../../store/outbox.ts'
import type {
  ConfirmedRegistration,
  Invitation,
  InvitationOutcome,
  Registration,
  RegistrationStore,
} from '../../store/registrations.ts'
import type { UserRow } from '../../store/user-row.ts'
import { rolesToInvite } from '../access-change.ts'
import { and, eq, gt } from './drizzle.ts'
import { createFormerAddresses } from './former-addresses.ts'
import type { SqliteConnection } from './open.ts'
import { createStanding } from './standing.ts'
import type { Synchronous } from './synchronous.ts'
import { oneTimeTokens, registrations, users } from './tables.ts'
import { prepareById } from './whole-row.ts'

export interface RegistrationEffects {
  clearFailures(key: Buffer): void
  addEvent(event: AuthEvent): void
  addMail(mail: NewMail): boolean
  addAll(mail: readonly NewMail[]): void
}

export function createSqliteRegistrations(
  connection: SqliteConnection,
  { clearFailures, addEvent, addMail, addAll }: RegistrationEffects,
): Synchronous<RegistrationStore> {
  const { db, driver } = connection
  const standing = createStanding(connection, prepareById(connection, users))
  const former = createFormerAddresses(connection)
  const transaction = <Result>(change: () => Result): Result => driver.transaction(change).immediate()

  /** @returns false if the address is taken, or another account may get it back */
  const addUser = (user: UserRow): boolean =>
    !former.isReserved(user.emailKey, user.createdAt) &&
    db.insert(users).values(user).onConflictDoNothing({ target: users.emailKey }).run().changes > 0

  const userOf = (emailKey: string): UserRow | undefined =>
    db.select().from(users).where(eq(users.emailKey, emailKey)).get()

  function find(hash: Buffer, at: number): Registration | undefined {
    const isValid = and(eq(registrations.hash, hash), gt(registrations.expiresAt, at))
    return db.select().from(registrations).where(isValid).get()
  }

  function confirm({ hash, at, ...confirmation }: ConfirmedRegistration): UserRow | null {
    const registration = find(hash, at)
    if (registration === undefined) return null
    db.delete(registrations).where(eq(registrations.emailKey, registration.emailKey)).run()
    const user = confirmation.userOf(registration)
    if (!addUser(user)) return null
    for (const key of confirmation.clearFailures(user)) clearFailures(key)
    for (const event of confirmation.eventsOf(user)) addEvent(event)
    return user
  }

  /** The caller has a transaction open. */
  function mailLink({ at, ...invitation }: Invitation, user: UserRow): void {
    const { token, mail } = invitation.linkFor(user)
    const isOfUser = and(eq(oneTimeTokens.userId, user.id), eq(oneTimeTokens.purpose, token.purpose))
    db.delete(oneTimeTokens).where(isOfUser).run()
    db.insert(oneTimeTokens).values(token).run()
    addAll([mail])
    addEvent(invitation.event(user))
  }

  return {
    addRegistration: (registration, mail) =>
      transaction(() => {
        if (!addMail(mail)) return false
        db.insert(registrations).values(registration).run()
        return true
      }),

    confirmRegistration: (confirmation) => transaction(() => confirm(confirmation)),

    invite: (invitation, by) =>
      transaction((): InvitationOutcome => {
        const before = userOf(invitation.user.emailKey)
        const denied = by && standing.denial(by, rolesToInvite(before, invitation), invitation.at)
        if (denied) return { kind: denied }
        if (before !== undefined && (before.invitedAt === null || before.disabledAt !== null))
          return { kind: 'exists' }
        const user = before ? { ...before, role: invitation.role ?? before.role } : invitation.user
        if (before === undefined) {
          if (!addUser(user)) return { kind: 'exists' }
        } else db.update(users).set({ role: user.role }).where(eq(users.id, user.id)).run()
        mailLink(invitation, user)
        return { kind: 'invited', user }
      }),
  }
}
