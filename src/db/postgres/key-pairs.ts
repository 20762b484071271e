import type { KeyPairStore } from '../../store/keys.ts'
import type { Connections } from './connections.ts'
import { and, asc, db, eq, getTableColumns, gt, gte, isNull, lte, notInArray, or, sql } from './drizzle.ts'
import { addEvent } from './events.ts'
import { lock } from './locks.ts'
import { placeholder, prepare } from './statements.ts'
import { keyPairs } from './tables.ts'

const { seq, ...columns } = getTableColumns(keyPairs)
const list = prepare(db.select(columns).from(keyPairs).orderBy(asc(keyPairs.createdAt), asc(seq)), columns)
// A descending order has nulls first on PostgreSQL, and last on SQLite.
const latest = prepare(
  db.select(columns).from(keyPairs).orderBy(sql`${keyPairs.signsFrom} DESC NULLS LAST`).limit(1),
  columns,
)
const reseal = prepare(
  db
    .update(keyPairs)
    .set({ sealed: sql`${placeholder(keyPairs.sealed, 'sealed')}` })
    .where(eq(keyPairs.kid, placeholder(keyPairs.kid, 'kid'))),
  {},
)

export function createPostgresKeyPairs(connections: Connections): KeyPairStore {
  return {
    listKeyPairs: () => connections.all(list),

    rotateKeyPairs: ({ from, successor, signsFrom, added, othersExpireAt, at, event }) =>
      connections.transaction(async (transaction) => {
        const make = (query: Parameters<typeof prepare>[0]) => transaction.run(prepare(query, {}))
        // Of nodes that start together, the second finds the keys of the first.
        await lock(transaction, 'keys')
        const last = await transaction.get(latest)
        if ((last?.signsFrom == null ? null : last.kid) !== from) return false

        if (added.length > 0) await make(db.insert(keyPairs).values([...added]))
        const kept = [successor, ...added.map(({ kid }) => kid)]
        const endsLater = or(isNull(keyPairs.expiresAt), gt(keyPairs.expiresAt, othersExpireAt))
        await make(
          db
            .update(keyPairs)
            .set({ expiresAt: othersExpireAt })
            .where(and(endsLater, notInArray(keyPairs.kid, kept))),
        )
        await make(db.update(keyPairs).set({ signsFrom: null }).where(gte(keyPairs.signsFrom, signsFrom)))
        await make(db.update(keyPairs).set({ signsFrom }).where(eq(keyPairs.kid, successor)))
        await make(db.delete(keyPairs).where(lte(keyPairs.expiresAt, at)))
        if (event !== undefined) await addEvent(transaction, event)
        return true
      }),

    resealKeyPair: async (kid, sealed) => void (await connections.run(reseal, { kid, sealed })),
  }
}
