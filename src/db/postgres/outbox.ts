import type { MailOutcome, MailRow, MailTaking, NewMail, OutboxStore, TakenMail } from '../../store/outbox.ts'
import type { Connections } from './connections.ts'
import {
  and,
  asc,
  db,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  isNotNull,
  isNull,
  lte,
  or,
  sql,
} from './drizzle.ts'
import { addEvent } from './events.ts'
import { lock, lockName } from './locks.ts'
import { placeholder, prepare, prepareRaw } from './statements.ts'
import { leases, outbox } from './tables.ts'
import type { Executor, Transaction } from './transactions.ts'

const TASK = 'outbox'

const { seq, ...columns } = getTableColumns(outbox)
const isWaiting = isNotNull(outbox.nextAttemptAt)
const isMail = isNotNull(outbox.to)

const firstDue = prepare(
  db
    .select(columns)
    .from(outbox)
    .where(and(isWaiting, lte(outbox.nextAttemptAt, placeholder(outbox.nextAttemptAt, 'at'))))
    .orderBy(asc(outbox.nextAttemptAt))
    .limit(1),
  columns,
)
const lease = prepare(db.select().from(leases).where(eq(leases.task, TASK)), getTableColumns(leases))
const list = prepare(
  db
    .select(columns)
    .from(outbox)
    .where(isMail)
    .orderBy(desc(outbox.createdAt), desc(seq))
    .limit(sql.placeholder('limit')),
  columns,
)
const counts = prepareRaw(
  db
    .select({
      waiting: sql`count(*) FILTER (WHERE ${isWaiting})`,
      givenUp: sql`count(*) FILTER (WHERE ${isNotNull(outbox.givenUpAt)})`,
    })
    .from(outbox)
    .where(isMail),
)

/** Whether the mail is within its limit. */
export async function hasRoom(transaction: Transaction, { userId, kind, limit }: NewMail): Promise<boolean> {
  if (limit === undefined) return true
  const { max, since } = limit
  // Two requests at once must not both find room.
  await lockName(transaction, `mail ${userId}`)
  const ofKind = and(eq(outbox.userId, userId), eq(outbox.kind, kind), gte(outbox.createdAt, since))
  const query = db.select({ id: outbox.id }).from(outbox).where(ofKind).limit(max)
  return (await transaction.all(prepare(query, { id: outbox.id }))).length < max
}

/** Writes a mail. @returns false if its limit is reached */
export async function addMail(transaction: Transaction, mail: NewMail): Promise<boolean> {
  if (!(await hasRoom(transaction, mail))) return false
  const { limit: _, ...row } = mail
  const values = { ...row, nextAttemptAt: mail.createdAt }
  await transaction.run(prepare(db.insert(outbox).values(values), {}))
  return true
}

export async function addAllMail(transaction: Transaction, mail: readonly NewMail[]): Promise<void> {
  for (const each of mail) await addMail(transaction, each)
}

/** @returns false if another process has the lease */
async function takeLease(
  transaction: Transaction,
  { holder, at, leaseUntil: until }: MailTaking,
): Promise<boolean> {
  await lock(transaction, 'outbox')
  const current = await transaction.get(lease)
  if (current !== undefined && current.holder !== holder && current.until > at) return false
  const set = { holder, until }
  const query = db
    .insert(leases)
    .values({ task: TASK, ...set })
    .onConflictDoUpdate({ target: leases.task, set })
  await transaction.run(prepare(query, {}))
  return true
}

async function take(transaction: Transaction, taking: MailTaking): Promise<TakenMail> {
  if (!(await takeLease(transaction, taking))) return { kind: 'leased' }
  const due: MailRow | undefined = await transaction.get(firstDue, { at: taking.at })
  /* c8 ignore next: only another process takes it between both readings */
  if (due === undefined) return { kind: 'none' }
  const taken = { attempts: due.attempts + 1, nextAttemptAt: taking.leaseUntil }
  await transaction.run(prepare(db.update(outbox).set(taken).where(eq(outbox.id, due.id)), {}))
  return { kind: 'mail', mail: { ...due, ...taken } }
}

async function settle(
  transaction: Transaction,
  id: string,
  attempts: number,
  outcome: MailOutcome,
): Promise<boolean> {
  const query = db
    .update(outbox)
    .set(columnsAfter(outcome))
    .where(and(eq(outbox.id, id), stillOpen(attempts, outcome)))
  if ((await transaction.run(prepare(query, {}))) === 0) return false
  if (outcome.kind === 'given-up') await addEvent(transaction, outcome.event)
  return true
}

async function count(executor: Executor) {
  const [waiting, givenUp] = (await executor.get(counts)) as readonly [unknown, unknown]
  return { waiting: Number(waiting), givenUp: Number(givenUp) }
}

export function createPostgresOutbox(connections: Connections): OutboxStore {
  return {
    addMail: (mail) => connections.transaction((transaction) => addMail(transaction, mail)),
    // Read first: most looks find an empty outbox.
    takeMail: async (taking) =>
      (await connections.get(firstDue, { at: taking.at })) === undefined
        ? { kind: 'none' }
        : connections.transaction((transaction) => take(transaction, taking)),
    settleMail: (id, attempts, outcome) =>
      connections.transaction((transaction) => settle(transaction, id, attempts, outcome)),
    async releaseOutbox(holder) {
      const own = and(eq(leases.task, TASK), eq(leases.holder, holder))
      await connections.run(prepare(db.delete(leases).where(own), {}))
    },
    listMail: (limit) => connections.all(list, { limit }),
    countMail: () => count(connections),
    retryMail({ at, retryUntil, id }) {
      const query = db
        .update(outbox)
        .set({ nextAttemptAt: at, retryUntil, givenUpAt: null })
        .where(
          and(
            isMail,
            isNull(outbox.sentAt),
            or(isNull(outbox.expiresAt), gt(outbox.expiresAt, at)),
            id === undefined ? undefined : eq(outbox.id, id),
          ),
        )
      return connections.run(prepare(query, {}))
    },
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
