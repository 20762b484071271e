import BetterSqlite from 'better-sqlite3'
import type { Person, Service } from './service.ts'

export const HOUR_MS = 3_600_000

/** An id as the tables hold it. */
export const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex')

/** Changes rows from outside, as only time does otherwise. */
export function changeRows({ database: path }: Service, sql: string, ...values: readonly unknown[]): void {
  const database = new BetterSqlite(path)
  try {
    database.prepare(sql).run(...values)
  } finally {
    database.close()
  }
}

/** Rows as lists of their columns. */
export function readRows({ database: path }: Service, sql: string, ...values: readonly unknown[]): unknown[] {
  const database = new BetterSqlite(path, { readonly: true })
  try {
    return database
      .prepare(sql)
      .raw()
      .all(...values)
  } finally {
    database.close()
  }
}

/** Lets an hour pass since somebody signed in. */
export async function anHourLater(service: Service, { id, jar }: Person): Promise<void> {
  changeRows(
    service,
    'UPDATE sessions SET authenticated_at = authenticated_at - ? WHERE user_id = ?',
    HOUR_MS,
    bytesOf(id),
  )
  const { status } = await service.send('POST', '/auth/refresh', { jar })
  if (status !== 204) throw new Error(`not refreshed: ${status}`)
}
