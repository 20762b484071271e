/**
 * Moves every row from SQLite to an empty PostgreSQL database.
 *
 * Threat: a copy that lacks a row, or a service that goes on with the other database, brings a
 * session back that has ended, or signs a client out.
 * Guarantee: no process uses the source during the move, nor after it. No process uses the target
 * until each table has been read back and has the rows and the checksum of the source. Both hold
 * after a crash at any moment: the source is closed for good before the target is opened.
 * Limits: a copy of the source's file elsewhere has no mark. The checksum finds faults, not an
 * attacker who can write to the target. Services of older versions do not know the marks.
 * Source: PostgreSQL, "Explicit Locking"; https://www.sqlite.org/pragma.html#pragma_locking_mode
 */
import pg from 'pg'
import { shownUrl } from '../database-url.ts'
import { asStoreError, DriverFailure } from '../postgres/errors.ts'
import { movedError } from '../sqlite/moved.ts'
import { textOf } from './checksum.ts'
import { type CopyParts, compare, copy, isStillSame, type Step } from './copying.ts'
import { MOVED_TABLES } from './moved-tables.ts'
import { openSource, type Source } from './source.ts'
import { openTarget, type Target } from './target.ts'
import type { TargetState } from './target-state.ts'

export interface MoveOptions {
  /** `file:` and a path. */
  readonly from: string
  /** `postgres://` or `postgresql://`. */
  readonly to: string
  /** In milliseconds since the Unix epoch. */
  readonly now: number
  /** Looks at both databases, and changes nothing. */
  readonly isDryRun?: boolean
  readonly onProgress?: (step: Step) => void
  /** Rows of one transaction. */
  readonly rowsPerBatch?: number
}

export interface MovedRows {
  readonly name: string
  readonly rows: number
  /** Null if nothing was copied. */
  readonly checksum: string | null
}

export interface MoveResult {
  readonly tables: readonly MovedRows[]
  /** How it began: an interrupted move goes on, unless the source has changed since. */
  readonly began: 'new' | 'resumed' | 'again'
}

const ROWS_PER_BATCH = 1_000
/** @throws Error with a sentence if the move is refused or fails. It may then be repeated */
export async function move(options: MoveOptions): Promise<MoveResult> {
  const source = openSource(options.from)
  try {
    return await moveFrom(source, options)
  } finally {
    source.close()
  }
}

async function moveFrom(source: Source, options: MoveOptions): Promise<MoveResult> {
  const target = await opened(options.to)
  try {
    return await run(source, target, options).catch(rejectWithoutValues)
  } finally {
    await target.close()
  }
}

/** The server may quote a value. */
function rejectWithoutValues(error: unknown): never {
  throw error instanceof pg.DatabaseError ? asStoreError(new DriverFailure(error)) : error
}

async function opened(url: string): Promise<Target> {
  try {
    return await openTarget(url)
  } catch (error) {
    throw new Error(`The database ${shownUrl(url)} cannot be opened: ${(error as Error).message}`)
  }
}

async function run(source: Source, target: Target, options: MoveOptions): Promise<MoveResult> {
  const { moved } = source
  const isSettled = moved !== undefined && !(moved.target === target.name && (await target.isUnfinished()))
  if (isSettled) throw new Error(`${options.from} cannot be moved: ${movedError(moved).message}`)
  const state = await target.state(source.name)
  if (options.isDryRun) {
    const tables = MOVED_TABLES.map((table) => ({
      ...{ name: table.name, rows: source.countOf(table), checksum: null },
    }))
    return { tables, began: state === 'empty' ? 'new' : 'resumed' }
  }
  const parts = {
    source,
    target,
    rowsPerBatch: options.rowsPerBatch ?? ROWS_PER_BATCH,
    tell: options.onProgress ?? (() => {}),
  }
  const began = await begin(parts, state)
  const tables = []
  for (const table of MOVED_TABLES) tables.push({ table, copied: await copy(parts, table) })
  for (const { table, copied } of tables) await compare(parts, table, copied)
  // In this order: a crash in between leaves both closed, and the next run opens the target.
  source.markMoved({ target: target.name, url: shownUrl(options.to), at: options.now })
  await target.finish(source.highestOf)
  return {
    tables: tables.map(({ table: { name }, copied }) => ({
      ...{ name, rows: copied.rows, checksum: textOf(copied) },
    })),
    began,
  }
}

/** A service may have used the source since the move was interrupted. Then everything is copied again. */
async function begin(parts: CopyParts, state: TargetState): Promise<MoveResult['began']> {
  const { source, target } = parts
  if (state === 'empty') {
    await target.begin(source.name)
    return 'new'
  }
  if (await isStillSame(parts)) return 'resumed'
  await target.restart()
  return 'again'
}
