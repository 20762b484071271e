import type { AuthEvent } from '../../store/events.ts'
import type { OneTimeToken, OneTimeTokenStore, TokenPurpose } from '../../store/one-time-tokens.ts'
import type { NewMail } from '../../store/outbox.ts'
import type { UserRow } from '../../store/user-row.ts'
import type { EndSessionsOfUser } from './accounts.ts'
import type { SqliteChanges } from './changes.ts'
import { and, eq, gt } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import type { Synchronous } from './synchronous.ts'
import { oneTimeTokens, users } from './tables.ts'
import { prepareById } from './whole-row.ts'

export interface TokenEffects {
  readonly endSessionsOfUser: EndSessionsOfUser
  clearFailures(key: Buffer): void
  addEvent(event: AuthEvent): void
  addMail(mail: NewMail): boolean
  addAll(mail: readonly NewMail[]): void
}

export function createSqliteOneTimeTokens(
  connection: SqliteConnection,
  changes: SqliteChanges,
  { endSessionsOfUser, clearFailures, addEvent, addMail, addAll }: TokenEffects,
): Synchronous<OneTimeTokenStore> {
  const { db, driver } = connection
  const userById = prepareById(connection, users)
  const transaction = <Result>(change: () => Result): Result => driver.transaction(change).immediate()

  interface Found {
    readonly token: OneTimeToken
    readonly user: UserRow
  }

  function find(hash: Buffer, purpose: TokenPurpose, at: number): Found | undefined {
    const isThis = and(eq(oneTimeTokens.hash, hash), eq(oneTimeTokens.purpose, purpose))
    const token = db
      .select()
      .from(oneTimeTokens)
      .where(and(isThis, gt(oneTimeTokens.expiresAt, at)))
      .get()
    const user = token && userById(token.userId)
    if (token === undefined || user === undefined || user.disabledAt !== null) return undefined
    const isAsThen = user.passwordChangedAt === token.passwordChangedAt && user.emailKey === token.emailKey
    return isAsThen ? { token, user } : undefined
  }

  const forget = ({ userId, purpose }: OneTimeToken): void => {
    db.delete(oneTimeTokens)
      .where(and(eq(oneTimeTokens.userId, userId), eq(oneTimeTokens.purpose, purpose)))
      .run()
  }

  const change = (id: string, values: Partial<UserRow>): void => {
    db.update(users).set(values).where(eq(users.id, id)).run()
  }

  return {
    issueOneTimeToken: (token, mail) =>
      transaction(() => {
        if (!addMail(mail)) return false
        forget(token)
        db.insert(oneTimeTokens).values(token).run()
        return true
      }),

    findOneTimeToken: (hash, purpose, at) => find(hash, purpose, at)?.user,

    resetPassword: ({ hash, purpose, newHash, at, mailFor, ...reset }) =>
      transaction(() => {
        const found = find(hash, purpose, at)
        if (found === undefined) return null
        const { user, token } = found
        forget(token)
        const changed = {
          passwordHash: newHash,
          // As in a change of the password: this time identifies it.
          passwordChangedAt: Math.max(at, user.passwordChangedAt + 1),
          passwordChangeRequiredAt: null,
          emailConfirmedAt: user.emailConfirmedAt ?? at,
          invitedAt: null,
        }
        change(user.id, changed)
        endSessionsOfUser(user.id, 'password-changed', at, null)
        for (const key of reset.clearFailures(user)) clearFailures(key)
        const after = { ...user, ...changed }
        addEvent(reset.event(after))
        if (mailFor) addAll(mailFor(after))
        return after
      }),

    confirmEmail: ({ hash, at, event }) =>
      transaction(() => {
        const found = find(hash, 'email-confirmation', at)
        if (found === undefined) return null
        forget(found.token)
        const after = { ...found.user, emailConfirmedAt: found.user.emailConfirmedAt ?? at }
        change(after.id, { emailConfirmedAt: after.emailConfirmedAt })
        // The access tokens say whether the address is confirmed.
        changes.addUser(after.id, at)
        addEvent(event(after))
        return after
      }),
  }
}
