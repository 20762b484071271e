/** Copies the rows of a table in batches, and reads the copy back. */
import { type Checksum, EMPTY, isSame, textOf, withRows } from './checksum.ts'
import { MOVED_TABLES, type MovedTable } from './moved-tables.ts'
import type { Source } from './source.ts'
import type { Cursor, Target } from './target.ts'

export interface Step {
  readonly table: string
  /** An interrupted move checks what it has copied. Each copy is compared with the source at the end. */
  readonly step: 'checked' | 'copied' | 'compared'
  readonly rows: number
  readonly of: number
}

export interface CopyParts {
  readonly source: Source
  readonly target: Target
  /** Rows of one transaction. */
  readonly rowsPerBatch: number
  tell(step: Step): void
}

const START: Cursor = { ...EMPTY, last: 0 }

/** Whether the source still has the rows that were copied before the move was interrupted. */
export async function isStillSame({ source, target, rowsPerBatch, tell }: CopyParts): Promise<boolean> {
  for (const table of MOVED_TABLES) {
    const cursor = await target.cursorOf(table)
    let found = START
    for (;;) {
      const { rows, last } = source.rowsAfter(table, found.last, rowsPerBatch, cursor.last)
      if (rows.length === 0) break
      found = { ...withRows(found, rows), last }
      tell({ table: table.name, step: 'checked', rows: found.rows, of: cursor.rows })
    }
    if (!isSame(found, cursor)) return false
  }
  return true
}

export async function copy(
  { source, target, rowsPerBatch, tell }: CopyParts,
  table: MovedTable,
): Promise<Checksum> {
  const of = source.countOf(table)
  let cursor = await target.cursorOf(table)
  for (;;) {
    tell({ table: table.name, step: 'copied', rows: cursor.rows, of })
    const { rows, last } = source.rowsAfter(table, cursor.last, rowsPerBatch)
    if (rows.length === 0) return cursor
    const next = { ...withRows(cursor, rows), last }
    await target.append(table, rows, cursor, next)
    cursor = next
  }
}

/** A copy that differs is deleted, so that the next run makes another one. */
export async function compare(
  { target, tell }: CopyParts,
  table: MovedTable,
  copied: Checksum,
): Promise<void> {
  const found = await target.checksumOf(table, (rows) =>
    tell({ table: table.name, step: 'compared', rows, of: copied.rows }),
  )
  if (isSame(found, copied)) return
  await target.restart()
  throw new Error(
    `The copy of ${table.name} differs from the source: ${found.rows} rows with the checksum ${textOf(found)}, and not ${copied.rows} with ${textOf(copied)}. The copy was deleted. Run the command again`,
  )
}
