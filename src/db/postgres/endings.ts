import { endReason } from '../../protocol/rotation.ts'
import type { AuthEvent } from '../../store/events.ts'
import type { RevokedReason } from '../../store/sessions.ts'
import type { MailFor } from '../../store/user-row.ts'
import type { PostgresChanges } from './changes.ts'
import { and, db, eq, isNull, ne, sql } from './drizzle.ts'
import { addEvent } from './events.ts'
import { addAllMail } from './outbox.ts'
import { sessionWithUser } from './rows.ts'
import { placeholder, prepare } from './statements.ts'
import { sessions } from './tables.ts'
import type { Transaction } from './transactions.ts'

const ending = {
  revokedAt: sql`${sql.placeholder('at')}`,
  revokedReason: sql`${sql.placeholder('reason')}`,
}

const endOne = prepare(
  db
    .update(sessions)
    .set(ending)
    .where(and(eq(sessions.id, placeholder(sessions.id, 'id')), isNull(sessions.revokedAt))),
  {},
)

const limits = { id: sessions.id, idleExpiresAt: sessions.idleExpiresAt, expiresAt: sessions.expiresAt }
const endAll = prepare(
  db
    .update(sessions)
    .set(ending)
    .where(
      and(
        eq(sessions.userId, placeholder(sessions.userId, 'userId')),
        isNull(sessions.revokedAt),
        ne(sessions.id, placeholder(sessions.id, 'keep')),
      ),
    )
    .returning(limits),
  limits,
)

/** Ends sessions inside a transaction, and adds them to the change feed. */
export interface Endings {
  /** Returns whether the session was not revoked yet. */
  endSession(
    transaction: Transaction,
    id: string,
    reason: RevokedReason,
    at: number,
    event?: AuthEvent,
    mailFor?: MailFor,
  ): Promise<boolean>
  /**
   * Ends a user's sessions, those past a limit included: see the contract. The transaction has
   * locked the account, so that no session begins meanwhile.
   * @returns the ids of the sessions that were alive
   */
  endSessionsOf(
    transaction: Transaction,
    userId: string,
    reason: RevokedReason,
    at: number,
    keepSessionId: string | null,
  ): Promise<string[]>
}

export const createEndings = (changes: PostgresChanges): Endings => ({
  async endSession(transaction, id, reason, at, event, mailFor) {
    if ((await transaction.run(endOne, { id, reason, at })) !== 1) return false
    if (event !== undefined) await addEvent(transaction, event)
    if (mailFor) await writeMail(transaction, id, mailFor)
    await changes.add(transaction, [{ of: 'session', id }], at)
    return true
  },

  async endSessionsOf(transaction, userId, reason, at, keepSessionId) {
    const ended = await transaction.all(endAll, { userId, reason, at, keep: keepSessionId ?? '' })
    const changed = ended.map(({ id }) => ({ of: 'session', id }) as const)
    if (changed.length > 0) await changes.add(transaction, changed, at)
    return ended.filter((row) => endReason({ ...row, revokedAt: null }, at) === null).map(({ id }) => id)
  },
})

async function writeMail(transaction: Transaction, sid: string, mailFor: MailFor): Promise<void> {
  const found = await transaction.get(sessionWithUser, { id: sid })
  // The foreign key gives every session an account.
  if (found !== undefined) await addAllMail(transaction, mailFor(found.user))
}
