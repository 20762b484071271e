import { mutantsOf } from '../mutant.ts'

const STORE = ['test/store/postgres.test.ts']
const FEED = ['test/db/postgres/changes.test.ts']
const CONNECTIONS = ['test/db/postgres/connections.test.ts']

/** The store on PostgreSQL. Its tests need a server. */
export const postgres = [
  ...mutantsOf('src/db/postgres/changes.ts', FEED, [
    {
      name: 'postgres feed: old knowledge is trusted',
      from: 'now() - readAt > maxLagMs',
      to: 'readAt === Number.NEGATIVE_INFINITY',
    },
    {
      name: 'postgres feed: a change of this process is told before its commit',
      from: 'for (const { mark } of rows) own.set(mark, { isKnown: false })',
      to: 'for (const { mark, change } of rows) { own.set(mark, { isKnown: false }); knowOwn(mark, change) }',
    },
  ]),
  ...mutantsOf('src/db/postgres/transactions.ts', CONNECTIONS, [
    {
      name: 'postgres feed: a change that may be committed is not told',
      from: 'isCommitting && isConnectionLoss(error) ? afterCommit : afterUndoing',
      to: 'afterUndoing',
    },
  ]),
  ...mutantsOf('src/db/postgres/change-places.ts', FEED, [
    {
      name: 'postgres feed: what commits late is not read',
      from: "place?.open.join() ?? ''",
      to: "''",
      tests: STORE,
    },
    {
      name: 'postgres feed: another change with the same number is not noticed',
      from: 'seen === null || seen.mark === mark',
      to: 'seen === null || mark !== null',
    },
    {
      name: 'postgres feed: what was pruned before the first reading is not noticed',
      from: "fresh === undefined || fresh[5] === '1'",
      to: 'true',
      tests: STORE,
    },
    {
      name: 'postgres feed: rows of other servers are read',
      from: ' AND xid < pg_snapshot_xmax(snapshot)',
      to: '',
    },
  ]),
  ...mutantsOf('src/db/postgres/change-reader.ts', FEED, [
    {
      name: 'postgres feed: a new connection goes on as if nothing had happened',
      from: "isAgain ? 'everything' : reading.rows",
      to: 'reading.rows',
    },
  ]),
  ...mutantsOf('src/db/postgres/rotations.ts', STORE, [
    {
      name: 'postgres: two rotations of one generation',
      from: "isGeneration('from'),",
      to: "eq(sessions.id, placeholder(sessions.id, 'id')),",
    },
    {
      name: 'postgres: an ended session is rotated',
      from: "        aliveAt('arrived'),\n      ),\n    ),\n)",
      to: '      ),\n    ),\n)',
    },
  ]),
  ...mutantsOf('src/db/postgres/accounts.ts', STORE, [
    {
      name: 'postgres: two administrators demote each other',
      from: "  await lock(transaction, 'administrators')\n",
      to: '',
    },
  ]),
  ...mutantsOf('src/db/postgres/standing.ts', STORE, [
    {
      name: 'postgres: an actor whose session has ended goes on',
      from: '(await transaction.get(alive, { sid, userId: user.id, at })) !== undefined',
      to: 'sid !== undefined',
    },
  ]),
  ...mutantsOf('src/db/postgres/errors.ts', CONNECTIONS, [
    {
      name: 'postgres: an error quotes the value',
      from: "kind === DATA_EXCEPTION ? 'PostgreSQL has refused a value' : message",
      to: 'message',
    },
  ]),
]
