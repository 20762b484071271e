import type { AuthEvent } from '../../store/events.ts'
import type { SigningKeyStore } from '../../store/keys.ts'
import { desc, eq, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import type { Synchronous } from './synchronous.ts'
import { signingKeys } from './tables.ts'

export function createSqliteSigningKeys(
  { db, driver }: SqliteConnection,
  { addEvent }: { addEvent(event: AuthEvent): void },
): Synchronous<SigningKeyStore> {
  const takeUp = driver.transaction(
    (...[kid, at, toldAs]: Parameters<SigningKeyStore['takeUpSigningKey']>) => {
      if (db.select().from(signingKeys).where(eq(signingKeys.kid, kid)).get() !== undefined) return null
      const before = db.select().from(signingKeys).orderBy(desc(sql`rowid`)).limit(1).get()
      db.insert(signingKeys).values({ kid, firstUsedAt: at }).run()
      if (before === undefined) return null
      const event = toldAs(before.kid)
      addEvent(event)
      return event
    },
  )

  // One after the other: of processes that start together, the second finds what the first has noted.
  return { takeUpSigningKey: (...key) => takeUp.immediate(...key) }
}
