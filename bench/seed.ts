/**
 * People and sessions, written straight into a database file with the service's own tables and migrations. The nth is
 * computed from its number, so that nobody has to keep ten million in mind.
 */
import { hash } from 'node:crypto'
import type { Table } from 'drizzle-orm'
import { getTableColumns, sql } from '../src/db/sqlite/drizzle.ts'
import { openSqlite, type SqliteConnection } from '../src/db/sqlite/open.ts'
import { sessions, users } from '../src/db/sqlite/tables.ts'
import type { SessionRow } from '../src/store/sessions.ts'
import type { UserRow } from '../src/store/user-row.ts'
import { progress } from './benchmark.ts'

const DAY_MS = 24 * 60 * 60_000
/** Chrome on Windows, as it was in the autumn of 2025. */
export const USER_AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

export interface Seed {
  readonly users: number
  readonly sessions: number
  /** So many of the sessions, the first ones, have run out. */
  readonly expired?: number
  readonly passwordHash?: string
}

export interface Filled {
  readonly seed: Seed
  /** Of the database that was filled with it. */
  readonly url: string
}

const now = Date.now()

export const nthUser = (n: number, passwordHash = '$argon2id$none'): UserRow => ({
  id: `019bc186-de00-7360-8000-${n.toString(16).padStart(12, '0')}`,
  email: `person-${n}@example.com`,
  emailKey: `person-${n}@example.com`,
  name: null,
  role: 'user',
  passwordHash,
  createdAt: now,
  passwordChangedAt: now,
  disabledAt: null,
  passwordChangeRequiredAt: null,
  emailConfirmedAt: null,
  locale: null,
  signInNotices: true,
  invitedAt: null,
})

/** Ids, seeds and owners lie as if drawn by chance; sessions were begun one after the other during the last 29 days. */
export function nthSession(n: number, seed: Seed): SessionRow {
  const random = hash('sha512', `session ${n}`, 'buffer')
  const { expired = 0 } = seed
  const begun = now - 29 * DAY_MS + Math.floor(((n - expired) / seed.sessions) * 29 * DAY_MS)
  const createdAt = n < expired ? begun - 30 * DAY_MS : begun
  return {
    id: random.toString('base64url', 0, 16),
    userId: nthUser(random.readUInt32BE(48) % seed.users).id,
    seed: random.subarray(16, 48),
    generation: 1,
    rotatedAt: createdAt,
    handedAt: null,
    usedAt: createdAt,
    fallbacks: 0,
    confirmedAt: createdAt + 60_000,
    authenticatedAt: createdAt,
    createdAt,
    remember: true,
    isByCookie: true,
    idleExpiresAt: (n < expired ? createdAt : now) + 7 * DAY_MS,
    expiresAt: createdAt + 30 * DAY_MS,
    revokedAt: null,
    revokedReason: null,
    ip: '203.0.113.142',
    userAgent: USER_AGENT,
    lastSeenAt: createdAt,
  }
}

/** Nobody may have the file open. */
export function fill(url: string, seed: Seed): void {
  const connection = openSqlite({ url })
  const { driver } = connection
  // Nothing is lost when this is interrupted: the file is thrown away. The service turns all of it back.
  driver.pragma('journal_mode = OFF')
  driver.pragma('synchronous = OFF')
  driver.pragma('cache_size = -2000000')
  insertMany(connection, users, seed.users, (n) => nthUser(n, seed.passwordHash))
  insertMany(connection, sessions, seed.sessions, (n) => nthSession(n, seed))
  driver.close()
}

const ROWS_AT_ONCE = 50_000

function insertMany(
  { db, driver }: SqliteConnection,
  table: typeof users | typeof sessions,
  count: number,
  nth: (n: number) => object,
): void {
  const columns = Object.keys(getTableColumns(table as Table))
  const values = Object.fromEntries(columns.map((name) => [name, sql.placeholder(name)]))
  const insert = db
    .insert(table as typeof users)
    .values(values as unknown as typeof users.$inferInsert)
    .prepare()
  const some = driver.transaction((from: number, to: number) => {
    for (let n = from; n < to; n += 1) insert.run({ ...nth(n) })
  })
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    some(from, Math.min(count, from + ROWS_AT_ONCE))
    progress(`filling: ${from} of ${count} rows`)
  }
  progress('')
}
