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
  const record = driver.transaction(
    (...[kid, at, reportAs]: Parameters<SigningKeyStore['recordSigningKey']>) => {
      if (db.select().from(signingKeys).where(eq(signingKeys.kid, kid)).get() !== undefined) return null
      const before = db.select().from(signingKeys).orderBy(desc(sql`rowid`)).limit(1).get()
      db.insert(signingKeys).values({ kid, firstUsedAt: at }).run()
      if (before === undefined) return null
      const event = reportAs(before.kid)
      addEvent(event)
      return event
    },
  )

  // Immediate: of processes that start together, the second finds the row of the first.
  return { recordSigningKey: (...key) => record.immediate(...key) }
}
