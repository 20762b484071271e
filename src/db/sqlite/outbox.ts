import type { AuthEvent } from '../../store/events.ts'
import type { MailOutcome, MailTaking, NewMail, OutboxStore, TakenMail } from '../../store/outbox.ts'
import { and, asc, desc, eq, gt, gte, isNotNull, isNull, lte, or, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import type { Synchronous } from './synchronous.ts'
import { leases, outbox } from './tables.ts'

const TASK = 'outbox'

const isWaiting = isNotNull(outbox.nextAttemptAt)

/** Parts that other changes use within their transaction. */
export interface SqliteOutbox extends Synchronous<OutboxStore> {
  /** Whether the mail is within its limit. */
  hasRoom(mail: NewMail): boolean
  addAll(mail: readonly NewMail[]): void
}

export function createSqliteOutbox(
  { db, driver }: SqliteConnection,
  { addEvent }: { addEvent(event: AuthEvent): void },
): SqliteOutbox {
  const transaction = <Result>(change: () => Result): Result => driver.transaction(change).immediate()
  const isDue = (at: number) => and(isWaiting, lte(outbox.nextAttemptAt, at))
  const firstDue = (at: number) =>
    db.select().from(outbox).where(isDue(at)).orderBy(asc(outbox.nextAttemptAt)).limit(1).get()

  function hasRoom({ userId, kind, limit }: NewMail): boolean {
    if (limit === undefined) return true
    const { max, since } = limit
    const ofKind = and(eq(outbox.userId, userId), eq(outbox.kind, kind), gte(outbox.createdAt, since))
    return db.select({ id: outbox.id }).from(outbox).where(ofKind).limit(max).all().length < max
  }

  function add(mail: NewMail): boolean {
    if (!hasRoom(mail)) return false
    const { limit: _, ...row } = mail
    db.insert(outbox)
      .values({ ...row, nextAttemptAt: mail.createdAt })
      .run()
    return true
  }

  /** Returns false if another process has the lease. */
  function lease({ holder, at, leaseUntil: until }: MailTaking): boolean {
    const current = db.select().from(leases).where(eq(leases.task, TASK)).get()
    if (current !== undefined && current.holder !== holder && current.until > at) return false
    const set = { holder, until }
    db.insert(leases)
      .values({ task: TASK, ...set })
      .onConflictDoUpdate({ target: leases.task, set })
      .run()
    return true
  }

  function take(taking: MailTaking): TakenMail {
    if (!lease(taking)) return { kind: 'leased' }
    const due = firstDue(taking.at)
    /* c8 ignore next: only another process takes it between both readings */
    if (due === undefined) return { kind: 'none' }
    const taken = { attempts: due.attempts + 1, nextAttemptAt: taking.leaseUntil }
    db.update(outbox).set(taken).where(eq(outbox.id, due.id)).run()
    return { kind: 'mail', mail: { ...due, ...taken } }
  }

  function settle(id: string, attempts: number, outcome: MailOutcome): boolean {
    const changed = db
      .update(outbox)
      .set(columnsAfter(outcome))
      .where(and(eq(outbox.id, id), stillOpen(attempts, outcome)))
      .run()
    if (changed.changes === 0) return false
    if (outcome.kind === 'given-up') addEvent(outcome.event)
    return true
  }

  return {
    hasRoom,
    addAll: (mail) => {
      for (const each of mail) add(each)
    },
    addMail: (mail) => transaction(() => add(mail)),
    // Read first: a write transaction for every look at an empty outbox would wear the disk.
    takeMail: (taking) =>
      firstDue(taking.at) === undefined ? { kind: 'none' } : transaction(() => take(taking)),
    settleMail: (id, attempts, outcome) => transaction(() => settle(id, attempts, outcome)),
    releaseOutbox: (holder) =>
      void db
        .delete(leases)
        .where(and(eq(leases.task, TASK), eq(leases.holder, holder)))
        .run(),
    listMail: (limit) =>
      db
        .select()
        .from(outbox)
        .where(isNotNull(outbox.to))
        .orderBy(desc(outbox.createdAt), desc(sql`rowid`))
        .limit(limit)
        .all(),
    countMail() {
      const count = (which: ReturnType<typeof and>) =>
        Number(
          db
            .select({ count: sql`count(*)` })
            .from(outbox)
            .where(and(isNotNull(outbox.to), which))
            .get()?.count,
        )
      return { waiting: count(isWaiting), givenUp: count(isNotNull(outbox.givenUpAt)) }
    },
    retryMail: ({ at, retryUntil, id }) =>
      db
        .update(outbox)
        .set({ nextAttemptAt: at, retryUntil, givenUpAt: null })
        .where(
          and(
            isNotNull(outbox.to),
            isNull(outbox.sentAt),
            or(isNull(outbox.expiresAt), gt(outbox.expiresAt, at)),
            id === undefined ? undefined : eq(outbox.id, id),
          ),
        )
        .run().changes,
  }
}

function columnsAfter(outcome: MailOutcome) {
  if (outcome.kind === 'sent')
    return { sentAt: outcome.at, nextAttemptAt: null, givenUpAt: null, sealed: null, lastError: null }
  const { error: lastError } = outcome
  if (outcome.kind === 'failed') return { nextAttemptAt: outcome.nextAttemptAt, lastError }
  return { givenUpAt: outcome.at, nextAttemptAt: null, lastError }
}

/** A mail that has arrived is sent, whichever attempt it was. */
const stillOpen = (attempts: number, { kind }: MailOutcome) =>
  kind === 'sent' ? isNull(outbox.sentAt) : and(isWaiting, eq(outbox.attempts, attempts))
