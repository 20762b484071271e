import { mutantsOf } from '../mutant.ts'

const STORE = ['test/store/postgres.test.ts']
const FEED = ['test/db/postgres/changes.test.ts']
const BATCHES = ['test/db/postgres/batches.test.ts']
const PROMOTED = ['test/system/postgres/promoted-copy.test.ts']
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
      from: "fresh === undefined || fresh[6] === '1'",
      to: 'true',
      tests: STORE,
    },
    {
      name: 'postgres feed: rows of other servers are read at each reading',
      from: ' AND xid < pg_snapshot_xmax(snapshot)',
      to: '',
    },
    {
      name: 'postgres feed: changes of an older copy are taken for those that were read',
      from: "WHERE seq > ${sql.placeholder('after')}::bigint",
      to: "WHERE seq > ${sql.placeholder('after')}::bigint AND false",
      tests: PROMOTED,
    },
  ]),
  ...mutantsOf('src/db/postgres/change-reader.ts', FEED, [
    {
      name: 'postgres feed: a new connection goes on as if nothing had happened',
      from: "isElsewhere ? 'everything' : reading.rows",
      to: 'reading.rows',
    },
    {
      name: 'postgres feed: another server behind a pooler is not noticed',
      from: 'isAgain || (server !== undefined && reading.server !== server)',
      to: 'isAgain',
      tests: PROMOTED,
    },
  ]),
  ...mutantsOf('src/db/postgres/rotations.ts', STORE, [
    {
      name: 'postgres: two rotations of one generation',
      from: "    isGeneration(from, 'from'),\n",
      to: '',
    },
    {
      name: 'postgres: an ended session is rotated',
      from: "    aliveWhen(from('arrived')),\n  )\nconst rotate",
      to: '  )\nconst rotate',
    },
  ]),
  ...mutantsOf('src/db/postgres/batches.ts', BATCHES, [
    {
      name: 'postgres: two changes of one session are sent together',
      from: 'sharing === undefined || !isShared',
      to: 'sharing === undefined',
    },
    {
      name: 'postgres: a call that a batch leaves out has no result',
      from: 'results instanceof Map && results.has(key)',
      to: 'results instanceof Map && results.size > 0',
    },
    {
      name: 'postgres: each call of a batch is sent again in an outage',
      from: 'results instanceof AuthError',
      to: 'false',
    },
    {
      name: 'postgres: a batch is never too many',
      from: 'underWay >= MAX_BATCHES',
      to: 'false',
    },
  ]),
  ...mutantsOf('src/db/postgres/given-sessions.ts', BATCHES, [
    {
      name: 'postgres: a locked session holds up the others',
      from: ', { skipLocked: true }',
      to: '',
    },
    {
      name: 'postgres: a batch changes sessions whose row another decision saw',
      from: ', condition(ofRow))',
      to: ')',
      tests: STORE,
    },
  ]),
  ...mutantsOf(
    'src/db/postgres/accounts.ts',
    ['test/db/postgres/accounts.test.ts'],
    [
      {
        name: 'postgres: two administrators demote each other',
        from: "  await lock(transaction, 'administrators')\n",
        to: '',
      },
    ],
  ),
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
