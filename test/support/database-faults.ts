import BetterSqlite from 'better-sqlite3'
import type { Test } from 'tap'

/** A fault of a database, and how it ends. */
export interface DatabaseFault {
  begin(): void
  end(): void
}

/** Builds something that opens a database, and returns the driver's connection along with it. */
export async function withDriver<Built>(
  build: () => Promise<Built>,
): Promise<[Built, BetterSqlite.Database]> {
  const { prototype } = BetterSqlite
  const { pragma } = prototype
  let driver: BetterSqlite.Database | undefined
  prototype.pragma = function setting(...args) {
    driver = this
    return pragma.apply(this, args)
  }
  try {
    return [await build(), driver as BetterSqlite.Database]
  } finally {
    prototype.pragma = pragma
  }
}

/** Another process holds the write lock and does not let go. */
export function busy(t: Test, path: string): DatabaseFault {
  const other = new BetterSqlite(path)
  t.teardown(() => other.close())
  return { begin: () => other.exec('BEGIN IMMEDIATE'), end: () => other.exec('ROLLBACK') }
}

/** SQLite's own refusal to write. File permissions would not do: they do not hold for root. */
export function readOnly(driver: BetterSqlite.Database): DatabaseFault {
  return {
    begin: () => driver.pragma('query_only = ON'),
    end: () => driver.pragma('query_only = OFF'),
  }
}

/** SQLite itself refuses to grow: writes into existing pages still succeed. */
export function full(driver: BetterSqlite.Database): DatabaseFault {
  const pages = (limit: number) => driver.pragma(`max_page_count = ${limit}`)
  return {
    begin() {
      // A page that a migration has left free would be room enough for some changes.
      driver.exec('VACUUM')
      pages(driver.pragma('page_count', { simple: true }) as number)
    },
    end: () => pages(2 ** 32 - 2),
  }
}

/**
 * No process can read for a moment, while another process recovers the write-ahead log after a
 * crash.
 */
export function recovering(driver: BetterSqlite.Database): DatabaseFault {
  const statements = Object.getPrototypeOf(driver.prepare('SELECT 1'))
  const { get } = statements
  return {
    begin() {
      statements.get = function reading(this: BetterSqlite.Statement, ...args: unknown[]) {
        if (!this.source.includes('data_version')) return get.apply(this, args)
        throw new BetterSqlite.SqliteError('database is locked', 'SQLITE_BUSY_RECOVERY')
      }
    },
    end() {
      statements.get = get
    },
  }
}
