import { randomBytes } from 'node:crypto'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createPostgresChanges } from '../../../src/db/postgres/changes.ts'
import { createPostgresStore, type PostgresStoreOptions } from '../../../src/db/postgres/store.ts'
import type { Transaction } from '../../../src/db/postgres/transactions.ts'
import { databaseLine } from '../../support/database-line.ts'
import { needsPostgres, onServer, temporaryPostgres } from '../../support/postgres.ts'
import { someEvent, someSession, someUser } from '../../support/rows-by-hand.ts'
import { until } from '../../support/until.ts'

const someSid = () => randomBytes(16).toString('base64url')
const HOUR_MS = 3_600_000

t.test('memory of the feed', async (t) => {
  let now = 0
  const memory = () => createPostgresChanges({ maxLagMs: 250, now: () => now })
  const change = () => ({ of: 'session' as const, id: someSid() })
  let lastMark = 0
  const row = () => ({ mark: ++lastMark, change: change() })

  /** A transaction that the test ends. */
  function transaction() {
    const ends = { commit: () => {}, undo: () => {} }
    const executor = {
      run: async () => 1,
      onCommit: (callback: () => void) => Object.assign(ends, { commit: callback }),
      onUndone: (callback: () => void) => Object.assign(ends, { undo: callback }),
    }
    return { executor: executor as unknown as Transaction, ends }
  }

  t.test('says everything until the feed has been read, and after it was not read for 250 ms', async (t) => {
    const changes = memory()
    t.equal(changes.changedSessions(), 'everything')
    changes.read([], now)
    t.strictSame(changes.changedSessions(), [])
    now += 250
    t.strictSame(changes.changedSessions(), [])
    now += 1
    t.equal(changes.changedSessions(), 'everything')
    t.equal(changes.changedSessions(), 'everything', 'at each call')
    changes.read([], now)
    t.strictSame(changes.changedSessions(), [])
  })

  t.test('counts from the beginning of a reading, not from its end', async (t) => {
    const changes = memory()
    const startedAt = now
    now += 251
    changes.read([], startedAt)
    t.equal(changes.changedSessions(), 'everything')
  })

  t.test('tells what was read while it was out of date', async (t) => {
    const changes = memory()
    const late = row()
    changes.changedSessions()
    changes.read([late], now)
    t.strictSame(changes.changedSessions(), [late.change])
  })

  t.test('tells a change of this process once, when its transaction is committed', async (t) => {
    const changes = memory()
    changes.read([], now)
    const { executor, ends } = transaction()
    const own = change()
    await changes.add(executor, [own], 1)
    t.strictSame(changes.changedSessions(), [])
    ends.commit()
    t.strictSame(changes.changedSessions(), [own])
  })

  t.test('tells no change that was undone', async (t) => {
    const changes = memory()
    changes.read([], now)
    const { executor, ends } = transaction()
    await changes.add(executor, [change()], 1)
    ends.undo()
    ends.commit()
    t.strictSame(changes.changedSessions(), [])
  })

  t.test('tells everything instead of more changes than it keeps', async (t) => {
    const changes = memory()
    changes.read(Array.from({ length: 6_000 }, row), now)
    changes.read(Array.from({ length: 6_000 }, row), now)
    t.equal(changes.changedSessions(), 'everything')
    changes.read([row()], now)
    t.equal(changes.changedSessions().length, 1)
    changes.read('everything', now)
    changes.read([row()], now)
    t.equal(changes.changedSessions(), 'everything')
  })
})

t.test('reader of the feed', needsPostgres, async (t) => {
  const LATER = { feedMaxLagMs: HOUR_MS, listen: false, readEveryMs: HOUR_MS }

  /** Two stores on a new database, and an account with a session. */
  async function nodes(t: Test, options: Partial<PostgresStoreOptions> = {}) {
    const database = await temporaryPostgres(t)
    const line = await databaseLine(t, database)
    const open = async (settings: PostgresStoreOptions) => {
      const store = await createPostgresStore(settings)
      t.teardown(() => store.close())
      return store
    }
    const there = await open({ url: database, ...LATER })
    const user = someUser()
    await there.createUser(user)
    const session = someSession(user.id)
    await there.createSession(session)
    const here = await open({ url: line.url, ...LATER, ...options })
    return { here, there, user, session, line, database }
  }

  /** The changes that a store tells within the time that tests may take. */
  const told = (store: { changedSessions(): readonly unknown[] | 'everything' }) =>
    until(() => {
      const changes = store.changedSessions()
      return changes.length > 0 ? changes : undefined
    })

  t.test('is woken by a commit of another node', async (t) => {
    const { here, there, session } = await nodes(t, { listen: true })
    await there.endSession(session.id, 'logout', 1)
    // The feed was empty before, and its first number is 1.
    t.strictSame(await told(here), [{ of: 'session', id: session.id }])
  })

  t.test('reads without a notification', async (t) => {
    const { here, there, session } = await nodes(t, { readEveryMs: undefined })
    await there.endSession(session.id, 'logout', 1)
    t.strictSame(await told(here), [{ of: 'session', id: session.id }])
  })

  t.test('forgets everything when its connection was killed, and goes on', async (t) => {
    const { here, there, session, database } = await nodes(t, { listen: true })
    await there.endSession(session.id, 'logout', 1)
    t.ok(await told(here))
    await onServer(database, (client) =>
      client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tacit feed'",
      ),
    )
    t.equal(await told(here).catch(() => 'nothing'), 'everything')
    await there.endSessionsOf(session.userId, 'logout', 2, null)
    await there.renameUser(session.userId, 'Ada', 3)
    t.strictSame(await told(here), [{ of: 'user', id: session.userId }])
  })

  t.test('says everything at each call while the network swallows every byte', async (t) => {
    const { here, line } = await nodes(t, { feedMaxLagMs: 250, readEveryMs: undefined })
    t.strictSame(await until(() => (here.changedSessions() === 'everything' ? undefined : [])), [])
    line.swallow()
    await until(() => (here.changedSessions() === 'everything' ? true : undefined))
    t.equal(here.changedSessions(), 'everything')
    line.mend()
    await until(() => (here.changedSessions() === 'everything' ? undefined : true))
    t.pass('and reads again afterwards')
  })

  for (const [name, restore] of [
    ['lacks the newest change', 'DELETE FROM session_changes'],
    ['has another change with the same number', 'UPDATE session_changes SET mark = mark + 1'],
    ['lacks the newest event', 'DELETE FROM auth_events'],
  ] as const) {
    t.test(`says everything when the database ${name}`, async (t) => {
      const { here, there, session, database } = await nodes(t)
      await there.endSession(session.id, 'logout', 1, someEvent())
      await here.readChanges()
      t.equal(here.changedSessions().length, 1)
      await onServer(database, (client) => client.query(restore))
      await here.readChanges()
      t.equal(here.changedSessions(), 'everything')
      await here.readChanges()
      t.strictSame(here.changedSessions(), [])
    })
  }

  t.test('says everything when too many changes are new', async (t) => {
    const { here, database } = await nodes(t)
    await onServer(database, (client) =>
      client.query(
        "INSERT INTO session_changes (session_id, at, mark) SELECT '\\x00', 0, 1 FROM generate_series(1, 10001)",
      ),
    )
    await here.readChanges()
    t.equal(here.changedSessions(), 'everything')
  })

  t.test('a place names the transactions that are open, and the newest event', async (t) => {
    const { here, database, session } = await nodes(t)
    await here.addEvent(someEvent())
    await here.endSession(session.id, 'logout', 1)
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    await client.query('BEGIN')
    await client.query("INSERT INTO session_changes (session_id, at, mark) VALUES ('\\x00', 0, 1)")
    // A snapshot lists the open transactions before the last one that has ended.
    await onServer(database, (other) => other.query('SELECT pg_current_xact_id()'))
    const { place } = await here.changesAfter(null)
    t.strictSame((await here.changesAfter(place)).changes, [])
    await client.query('COMMIT')
    await client.end()
    const later = await here.changesAfter(place)
    t.equal(later.changes.length, 1)
    t.strictSame((await here.changesAfter(later.place)).changes, [])
  })

  t.test('a place stays short while many transactions are open, and misses none of them', async (t) => {
    const { here, database } = await nodes(t)
    const clients = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const client = new pg.Client({ connectionString: database })
        await client.connect()
        await client.query('BEGIN')
        await client.query("INSERT INTO session_changes (session_id, at, mark) VALUES ('\\x00', 0, 1)")
        return client
      }),
    )
    // A snapshot lists the open transactions before the last one that has ended.
    await onServer(database, (client) => client.query('SELECT pg_current_xact_id()'))
    const { place: few } = await here.changesAfter(null)
    t.ok(few.length <= 100, few)
    for (const client of clients) {
      await client.query('COMMIT')
      await client.end()
    }
    const { changes } = await here.changesAfter(few)
    t.ok(changes === 'everything' || changes.length === 60)
  })

  t.test('reads a row of a transaction that this server has not begun once', async (t) => {
    const { here, database } = await nodes(t)
    await onServer(database, (client) =>
      client.query(
        "INSERT INTO session_changes (session_id, at, mark, xid) VALUES ('\\x00', 0, 1, '9000000000')",
      ),
    )
    await here.readChanges()
    t.equal(here.changedSessions().length, 1)
    await here.readChanges()
    t.strictSame(here.changedSessions(), [])
  })

  t.test('rejects what waits for a reading that fails', async (t) => {
    const { here, line } = await nodes(t)
    line.sever()
    await t.rejects(here.readChanges(), { code: 'STORE_UNAVAILABLE' })
    await here.close()
    await t.rejects(here.readChanges(), { code: 'STORE_UNAVAILABLE' })
  })
})
