import type { AuthEvent } from '../../store/events.ts'
import type { KeyPairRotation, KeyPairStore } from '../../store/keys.ts'
import { and, asc, desc, eq, gt, gte, isNull, lte, notInArray, or, sql } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import type { Synchronous } from './synchronous.ts'
import { keyPairs } from './tables.ts'

export function createSqliteKeyPairs(
  { db, driver }: SqliteConnection,
  { addEvent }: { addEvent(event: AuthEvent): void },
): Synchronous<KeyPairStore> {
  const rotate = driver.transaction((rotation: KeyPairRotation): boolean => {
    const { from, successor, signsFrom, added, othersExpireAt, at, event } = rotation
    const latest = db.select().from(keyPairs).orderBy(desc(keyPairs.signsFrom)).limit(1).get()
    if ((latest?.signsFrom == null ? null : latest.kid) !== from) return false

    if (added.length > 0)
      db.insert(keyPairs)
        .values([...added])
        .run()
    const kept = [successor, ...added.map(({ kid }) => kid)]
    const endsLater = or(isNull(keyPairs.expiresAt), gt(keyPairs.expiresAt, othersExpireAt))
    db.update(keyPairs)
      .set({ expiresAt: othersExpireAt })
      .where(and(endsLater, notInArray(keyPairs.kid, kept)))
      .run()
    db.update(keyPairs).set({ signsFrom: null }).where(gte(keyPairs.signsFrom, signsFrom)).run()
    db.update(keyPairs).set({ signsFrom }).where(eq(keyPairs.kid, successor)).run()
    db.delete(keyPairs).where(lte(keyPairs.expiresAt, at)).run()
    if (event !== undefined) addEvent(event)
    return true
  })

  return {
    listKeyPairs: () => db.select().from(keyPairs).orderBy(asc(keyPairs.createdAt), sql`rowid`).all(),
    // Immediate: of processes that start together, the second finds the keys of the first.
    rotateKeyPairs: (rotation) => rotate.immediate(rotation),
    resealKeyPair: (kid, sealed) =>
      void db.update(keyPairs).set({ sealed }).where(eq(keyPairs.kid, kid)).run(),
  }
}
