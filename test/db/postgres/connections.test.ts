import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createConnections } from '../../../src/db/postgres/connections.ts'
import { sql } from '../../../src/db/postgres/drizzle.ts'
import { prepareRaw, rawQuery } from '../../../src/db/postgres/statements.ts'
import { createPostgresStore, type PostgresStoreOptions } from '../../../src/db/postgres/store.ts'
import { databaseLine } from '../../support/database-line.ts'
import { withoutPrograms } from '../../support/find-program.ts'
import { pgBouncer } from '../../support/pgbouncer.ts'
import { needsPostgres, onServer, ownPostgres, temporaryPostgres } from '../../support/postgres.ts'
import { serverAccount } from '../../support/postgres-binaries.ts'
import { someSession, someUser } from '../../support/rows-by-hand.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const HOUR_MS = 3_600_000
const UNAVAILABLE = { code: 'STORE_UNAVAILABLE', statusCode: 503 }

async function open(t: Test, settings: Pick<PostgresStoreOptions, 'url'> & Partial<PostgresStoreOptions>) {
  const quiet = { feedMaxLagMs: HOUR_MS, readEveryMs: HOUR_MS, listen: false }
  const store = await createPostgresStore({ ...quiet, ...settings })
  t.teardown(() => store.close())
  return store
}

/** Ends the connections of the pools, and leaves those of the feed. */
const END_CONNECTIONS =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tacit' AND datname = current_database()"

t.test('connections', needsPostgres, async (t) => {
  t.test('a look-up goes on after the server has ended the connection', async (t) => {
    const url = await temporaryPostgres(t)
    const store = await open(t, { url, maxConnections: 1 })
    const user = someUser()
    await store.createUser(user)
    await onServer(url, (client) => client.query(END_CONNECTIONS))
    t.strictSame(await store.findUser(user.id), user)
  })

  t.test(
    'a network that swallows every byte ends each call in time, and a feed that is read on',
    async (t) => {
      const database = await temporaryPostgres(t)
      const line = await databaseLine(t, database)
      const store = await open(t, { url: line.url, timeoutMs: 2_000, maxConnections: 2 })
      const user = someUser()
      await store.createUser(user)
      line.swallow()
      // More than there are connections: some time out waiting for one.
      const calls = [
        ...Array.from({ length: 6 }, () => store.findUser(user.id)),
        store.renameUser(user.id, 'Ada', 1),
        store.ping(),
      ]
      for (const result of await Promise.allSettled<unknown>(calls)) {
        t.match(result, { status: 'rejected', reason: UNAVAILABLE })
      }
      line.mend()
      t.strictSame(await store.findUser(user.id), user)
    },
  )

  t.test('a change is told to the feed if its commit was not answered', async (t) => {
    const database = await temporaryPostgres(t)
    const line = await databaseLine(t, database)
    const store = await open(t, { url: line.url, timeoutMs: 2_000, maxConnections: 1 })
    const user = someUser()
    await store.createUser(user)
    await store.readChanges()
    store.changedSessions()
    const there = await open(t, { url: database })
    await onServer(database, async (client) => {
      await client.query(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END'`)
      await client.query(`CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON session_changes
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`)
      await client.query('SELECT pg_advisory_lock(1)')
      const renamed = t.rejects(store.renameUser(user.id, 'Ada', 1), UNAVAILABLE)
      const waiting =
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
      while ((await client.query(waiting)).rowCount === 0);
      line.swallowAnswers()
      await client.query('SELECT pg_advisory_unlock(1)')
      await renamed
    })
    t.strictSame(store.changedSessions(), [{ of: 'user', id: user.id }])
    t.match(await there.findUser(user.id), { name: 'Ada' })
  })

  t.test('two transactions that lock each other out are both made', async (t) => {
    const url = await temporaryPostgres(t)
    const connections = createConnections({ url, maxConnections: 2 })
    t.teardown(() => connections.close())
    const raw = (text: string) => prepareRaw(rawQuery(sql.raw(text)))
    await connections.run(raw('CREATE TABLE pair (id int, n int)'))
    await connections.run(raw('INSERT INTO pair VALUES (1, 0), (2, 0)'))
    const add = (id: number) => raw(`UPDATE pair SET n = n + 1 WHERE id = ${id}`)
    let met = 0
    const both = Promise.withResolvers<void>()
    const change = (first: number, second: number) =>
      connections.transaction(async (transaction) => {
        await transaction.run(add(first))
        met += 1
        if (met === 2) both.resolve()
        await both.promise
        await transaction.run(add(second))
      })
    await Promise.all([change(1, 2), change(2, 1)])
    t.ok(met > 2, 'one was undone and made again')
    t.strictSame(await connections.all(raw('SELECT n FROM pair')), [[2], [2]])
  })

  t.test('a transaction is undone when the work fails', async (t) => {
    const url = await temporaryPostgres(t)
    const store = await open(t, { url, maxConnections: 1 })
    const [user, actor] = [someUser(), someUser()]
    for (const each of [user, actor]) await store.createUser(each)
    const session = someSession(actor.id)
    await store.createSession(session)
    const by = {
      userId: actor.id,
      sid: session.id,
      reaches() {
        throw new RangeError('a defect')
      },
    }
    await t.rejects(store.changeAccess(user.id, { role: 'admin' }, 1, by), { name: 'RangeError' })
    t.strictSame(await store.findUser(user.id), user, 'and the connection is used again')
  })

  t.test('errors quote no value', async (t) => {
    const url = await temporaryPostgres(t)
    const store = await open(t, { url })
    const user = someUser({ passwordHash: 'a secret hash' })
    await store.createUser(user)
    const secret = 'a secret hash'
    const refused = await Promise.allSettled<unknown>([
      store.createUser(someUser({ id: user.id, passwordHash: secret })),
      store.createUser(someUser({ passwordHash: null as unknown as string, email: secret })),
      store.createUser(someUser({ createdAt: secret as unknown as number })),
    ])
    for (const result of refused) {
      const { reason } = result as PromiseRejectedResult
      t.match(reason, { message: /./, code: /^2[23]/ })
      t.notMatch(JSON.stringify([String(reason), reason, reason.stack]), /a secret hash/)
    }
  })

  t.test('a text is stored without the character that PostgreSQL does not know', async (t) => {
    const store = await open(t, { url: await temporaryPostgres(t) })
    const user = someUser({ name: 'A\0da' })
    await store.createUser(user)
    t.match(await store.findUser(user.id), { name: 'A\ufffdda' })
    const match = { text: 'A\0d', emailKey: '\0' }
    t.match(await store.searchUsers({ match, rows: 9 }), { users: [{ id: user.id }] })
  })

  t.test('ping fails while the server refuses changes', async (t) => {
    const url = await temporaryPostgres(t)
    const store = await open(t, { url, maxConnections: 1 })
    await store.ping()
    const name = new URL(url).pathname.slice(1)
    await onServer(url, (client) =>
      client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`),
    )
    await onServer(url, (client) => client.query(END_CONNECTIONS))
    await t.rejects(
      store.ping().catch(() => store.ping()),
      UNAVAILABLE,
    )
  })

  t.test('are encrypted, and the certificate is checked, if the URL asks for it', async (t) => {
    const folder = temporaryDirectory(t)
    chmodSync(folder, 0o755)
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject],
      { stdio: 'ignore' },
    )
    const { uid, gid } = serverAccount()
    if (uid !== undefined && gid !== undefined) chownSync(key, uid, gid)
    const server = await ownPostgres(t, { ssl: 'on', ssl_key_file: key, ssl_cert_file: certificate })
    const url = server.urlOf('postgres')
    const store = await open(t, { url: `${url}?sslmode=verify-full&sslrootcert=${certificate}` })
    t.strictSame(await store.listUsers(), [])
    const encrypted =
      "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'tacit%'"
    t.strictSame((await onServer(url, (client) => client.query(encrypted))).rows, [{ bool_and: true }])
    await t.rejects(open(t, { url: `${url}?sslmode=verify-full` }), { message: /self.signed/ })
  })
})

const withoutBouncer = withoutPrograms([['pgbouncer', '--version']])
t.test('PgBouncer in transaction mode', { skip: withoutBouncer || needsPostgres.skip }, async (t) => {
  const database = await temporaryPostgres(t)
  const bouncer = await pgBouncer(t, database)

  t.test('runs the same statements again and again, and transactions beside them', async (t) => {
    const stores = [await open(t, { url: bouncer }), await open(t, { url: bouncer })]
    const user = someUser()
    await stores[0]?.createUser(user)
    const session = someSession(user.id)
    await stores[0]?.createSession(session)
    const calls = Array.from({ length: 200 }, (_, place) => {
      const store = stores[place % 2] as (typeof stores)[0]
      return place % 10 === 0
        ? store.renameUser(user.id, `name ${place}`, place)
        : store.confirmSession(session.id, 1, place).then(() => store.findSession(session.id))
    })
    for (const found of await Promise.all(calls)) if (found) t.equal(found.session.id, session.id)
  })

  t.test('polls the feed, and leaves no setting behind on connections of the server', async (t) => {
    const here = await open(t, { url: bouncer, readEveryMs: undefined, listen: true, feedMaxLagMs: 250 })
    const there = await open(t, { url: database })
    const user = someUser()
    await there.createUser(user)
    await there.renameUser(user.id, 'Ada', 1)
    for (;;) {
      await here.readChanges()
      const changes = here.changedSessions()
      if (changes !== 'everything' && changes.length === 0) break
    }
    await there.renameUser(user.id, 'Bob', 2)
    await here.readChanges()
    t.strictSame(here.changedSessions(), [{ of: 'user', id: user.id }])
    const listening =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%LISTEN%' AND pid <> pg_backend_pid() AND datname = current_database()"
    t.strictSame((await onServer(database, (client) => client.query(listening))).rows, [{ n: 0 }])
    const limits = await onServer(bouncer, (client) => client.query('SHOW statement_timeout'))
    t.strictSame(limits.rows, [{ statement_timeout: '0' }])
  })
})
