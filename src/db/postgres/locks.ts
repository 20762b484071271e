/**
 * Locks of the server that a transaction holds until it ends. One of these kinds is held by one
 * transaction of all nodes.
 */
import { sql } from './drizzle.ts'
import { prepareRaw, rawQuery } from './statements.ts'
import type { Transaction } from './transactions.ts'

/** "tacit" in ASCII, so that another application of the database has other numbers. */
const NAMESPACE = 0x7461_6369

const KINDS = { migrations: 1, administrators: 2, keys: 3, outbox: 4 } as const

export type LockKind = keyof typeof KINDS

/** The statement that waits for the lock. */
export const lockStatement = (kind: LockKind): string =>
  `SELECT pg_advisory_xact_lock(${NAMESPACE}, ${KINDS[kind]})`

const STATEMENTS = Object.fromEntries(
  Object.keys(KINDS).map((kind) => [kind, prepareRaw(rawQuery(sql.raw(lockStatement(kind as LockKind))))]),
) as Record<LockKind, ReturnType<typeof prepareRaw>>

export const lock = async (transaction: Transaction, kind: LockKind): Promise<void> =>
  void (await transaction.run(STATEMENTS[kind]))

const named = prepareRaw(
  rawQuery(sql`SELECT pg_advisory_xact_lock(hashtextextended(${sql.placeholder('name')}, ${NAMESPACE}))`),
)

/** A lock of this name. Two names may have the same lock by chance, which only costs time. */
export const lockName = async (transaction: Transaction, name: string): Promise<void> =>
  void (await transaction.run(named, { name }))
