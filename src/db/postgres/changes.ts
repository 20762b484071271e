/**
 * What this process knows of the change feed. Every request asks for it, so it answers from memory.
 *
 * Threat: a session ends on another node, and this node goes on to serve it from its cache.
 * Guarantee: a change of this process is known when its transaction has ended. A change of another
 * one is known after `maxLagMs` at the latest: if the feed has not been read since then, everything
 * may have changed, and each request asks the database.
 * Limits: a request that has been let in already is not stopped.
 */
import { randomInt } from 'node:crypto'
import type { ChangeFeed, SessionChange } from '../../store/changes.ts'
import { db, sql } from './drizzle.ts'
import { prepare } from './statements.ts'
import { sessionChanges } from './tables.ts'
import type { Transaction } from './transactions.ts'

/** The channel on which a commit with changes wakes the readers. */
export const CHANNEL = 'tacit_session_changes'

const MAX_MARK = 2 ** 47
/** Changes that wait for a request. If it is late, it forgets everything, which costs less. */
const MAX_PENDING = 10_000

export type Changes = readonly SessionChange[] | 'everything'

/** A row of the feed. */
export interface FeedRow {
  readonly mark: number
  readonly change: SessionChange
}

export interface PostgresChanges extends ChangeFeed {
  /**
   * Adds changes to the feed. The last statement of a transaction, so that readers wait for its
   * commit as briefly as possible.
   */
  add(transaction: Transaction, changes: readonly SessionChange[], at: number): Promise<void>
  /** The reader reports what it has read. @param startedAt by the monotonic clock */
  read(rows: readonly FeedRow[] | 'everything', startedAt: number): void
  /** Calls back when there may be new changes. @returns a function that ends the calls */
  watchChanges(onChange: () => void): () => void
  /** Tells those who watch that changes may have been missed. */
  tellLoss(): void
}

export interface ChangesOptions {
  readonly maxLagMs: number
  /** The monotonic clock, in milliseconds. */
  readonly now?: () => number
}

export function createPostgresChanges({
  maxLagMs,
  now = () => performance.now(),
}: ChangesOptions): PostgresChanges {
  let pending: SessionChange[] | 'everything' = []
  let readAt = Number.NEGATIVE_INFINITY
  /**
   * Rows of this process that the reader has not read yet, and whether they are known. By their
   * marks: a restored database gives the same numbers to other rows.
   */
  const own = new Map<number, { isKnown: boolean }>()
  const listeners = new Set<() => void>()

  function know(changes: Changes): void {
    if (changes.length === 0) return
    if (changes === 'everything' || pending === 'everything') pending = 'everything'
    else if (pending.length + changes.length > MAX_PENDING) pending = 'everything'
    else pending.push(...changes)
    tell()
  }

  const tell = () => {
    for (const listener of listeners) listener()
  }

  /** The reader may see a row before this process hears that its transaction is committed. */
  function knowOwn(mark: number, change: SessionChange): void {
    const row = own.get(mark)
    if (row === undefined || row.isKnown) return
    row.isKnown = true
    know([change])
  }

  return {
    async add(transaction, changes, at) {
      const rows = changes.map((change) => ({ change, mark: randomInt(MAX_MARK) }))
      for (const { mark } of rows) own.set(mark, { isKnown: false })
      transaction.onCommit(() => {
        for (const { mark, change } of rows) knowOwn(mark, change)
      })
      transaction.onUndone(() => {
        for (const { mark } of rows) own.delete(mark)
      })
      const values = rows.map(({ change: { of, id }, mark }) => ({
        ...(of === 'session' ? { sessionId: id } : { userId: id }),
        at,
        mark,
      }))
      const query = db
        .insert(sessionChanges)
        .values(values)
        .returning({ notified: sql`pg_notify('${sql.raw(CHANNEL)}', '')` })
      await transaction.run(prepare(query, {}))
    },

    read(rows, startedAt) {
      readAt = startedAt
      if (rows === 'everything') {
        for (const [mark, { isKnown }] of own) if (isKnown) own.delete(mark)
        return know('everything')
      }
      know(rows.filter(({ mark }) => own.get(mark)?.isKnown !== true).map(({ change }) => change))
      for (const { mark } of rows) own.delete(mark)
    },

    changedSessions() {
      const isStale = now() - readAt > maxLagMs
      if (pending.length === 0 && !isStale) return NO_CHANGES
      const changes = isStale ? 'everything' : pending
      pending = []
      return changes
    },

    watchChanges(onChange) {
      const listener = () => onChange()
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    tellLoss: tell,
  }
}

const NO_CHANGES: readonly SessionChange[] = Object.freeze([])
