import type { SigningKeyStore } from '../../store/keys.ts'
import type { Connections } from './connections.ts'
import { db, desc, eq, sql } from './drizzle.ts'
import { addEvent } from './events.ts'
import { lock } from './locks.ts'
import { placeholder, prepare } from './statements.ts'
import { signingKeys } from './tables.ts'

const columns = { kid: signingKeys.kid }
const find = prepare(
  db
    .select(columns)
    .from(signingKeys)
    .where(eq(signingKeys.kid, placeholder(signingKeys.kid, 'kid'))),
  columns,
)
const newest = prepare(db.select(columns).from(signingKeys).orderBy(desc(signingKeys.seq)).limit(1), columns)
const add = prepare(
  db.insert(signingKeys).values({ kid: sql.placeholder('kid'), firstUsedAt: sql.placeholder('at') }),
  {},
)

export function createPostgresSigningKeys(connections: Connections): SigningKeyStore {
  return {
    recordSigningKey: (kid, at, reportAs) =>
      connections.transaction(async (transaction) => {
        // Of nodes that start together, the second finds the row of the first.
        await lock(transaction, 'keys')
        if ((await transaction.get(find, { kid })) !== undefined) return null
        const before = await transaction.get(newest)
        await transaction.run(add, { kid, at })
        if (before === undefined) return null
        const event = reportAs(before.kid)
        await addEvent(transaction, event)
        return event
      }),
  }
}
