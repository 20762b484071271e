import BetterSqlite from 'better-sqlite3'
import { changeRows } from './database.ts'
import type { Person, Service } from './service.ts'

export interface Broken {
  readonly service: Service
  /** Somebody who was signed in before it broke. */
  readonly person: Person
  /** Makes the tables again that tell what has changed, and takes them away again. */
  readonly feed: { create(): void; drop(): void }
}

const FEED = ['session_changes', 'auth_events'] as const

let made: Promise<Broken> | undefined

/** A service whose database lost its tables while it ran: everything that asks it fails. */
export function brokenService(service: Service): Promise<Broken> {
  made ??= breakOne(service)
  return made
}

async function breakOne(whole: Service): Promise<Broken> {
  const service = await whole.variant({ LOG_LEVEL: 'info' })
  const person = await service.person()
  const database = new BetterSqlite(service.database)
  const schema = database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').pluck()
  const statements = FEED.map((table) => schema.get(table) as string)
  database.pragma('foreign_keys = off')
  for (const table of ['sessions', 'users', 'session_changes', 'login_throttles', 'auth_events']) {
    database.exec(`DROP TABLE ${table}`)
  }
  database.close()
  const feed = {
    create() {
      for (const statement of statements) changeRows(service, statement)
    },
    drop() {
      for (const table of FEED) changeRows(service, `DROP TABLE ${table}`)
    },
  }
  return { service, person, feed }
}
