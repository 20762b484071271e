import BetterSqlite from 'better-sqlite3'
import type { Person, Service } from './service.ts'

export interface Broken {
  readonly service: Service
  /** Somebody who was signed in before it broke. */
  readonly person: Person
}

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
  database.pragma('foreign_keys = off')
  for (const table of ['sessions', 'users', 'session_changes', 'login_throttles', 'auth_events']) {
    database.exec(`DROP TABLE ${table}`)
  }
  database.close()
  return { service, person }
}
