import { desc, eq, sql } from '../drizzle.ts'
import type { AuthEvent, SigningKeyStore } from '../store.ts'
import { signingKeys } from '../tables.ts'
import type { SqliteConnection } from './open.ts'
import type { Synchronous } from './synchronous.ts'

export function createSqliteSigningKeys(
  { db, driver }: SqliteConnection,
  { addEvent }: { addEvent(event: AuthEvent): void },
): Synchronous<SigningKeyStore> {
  const isKnown = (kid: string): boolean =>
    db.select().from(signingKeys).where(eq(signingKeys.kid, kid)).get() !== undefined

  const takeUp = driver.transaction(
    (...[kid, at, toldAs]: Parameters<SigningKeyStore['takeUpSigningKey']>) => {
      // Asked again: of processes that start together, all may have found it unknown.
      if (isKnown(kid)) return null
      const before = db.select().from(signingKeys).orderBy(desc(sql`rowid`)).limit(1).get()
      db.insert(signingKeys).values({ kid, firstUsedAt: at }).run()
      if (before === undefined) return null
      const event = toldAs(before.kid)
      addEvent(event)
      return event
    },
  )

  return {
    // Most starts change nothing, and need not wait for whoever is writing.
    takeUpSigningKey: (...key) => (isKnown(key[0]) ? null : takeUp.immediate(...key)),
  }
}
