/**
 * What the sessions take in the file, pages that are half empty included.
 */
import { statSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { progress, type Result } from './benchmark.ts'

export function bytesOfSessions(url: string, details: Result['details']): Result {
  const path = url.replace(/^file:/, '')
  progress('counting bytes')
  const driver = new BetterSqlite(path, { readonly: true })
  const rows = driver.prepare('SELECT count(*) FROM sessions').pluck().get() as number
  const parts = driver
    .prepare("SELECT name, type FROM sqlite_schema WHERE tbl_name = 'sessions' AND rootpage > 0")
    .all() as { name: string; type: string }[]
  const pages = driver.prepare('SELECT sum(pgsize) FROM dbstat WHERE name = ? AND aggregate = TRUE').pluck()
  const sizes = parts.map(
    ({ name, type }) => [`${type} ${name}`, (pages.get(name) as number) / rows] as const,
  )
  driver.close()
  progress('')
  return {
    name: `bytes of a session, with ${rows} of them`,
    figure: sizes.reduce((sum, [, size]) => sum + size, 0),
    unit: 'bytes, indexes included',
    goal: { atMost: 400 },
    details: { ...Object.fromEntries(sizes), 'file GB': statSync(path).size / 1e9, ...details },
  }
}
