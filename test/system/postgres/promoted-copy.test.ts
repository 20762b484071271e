/**
 * A copy of the database from an earlier time takes the place of the server: a base backup, and the
 * write-ahead log up to a moment that is called noon here. One service goes on running, and another
 * one is started on the copy. docs/administration.md says what comes back.
 */
import t, { type Test } from 'tap'
import { createPostgresStore } from '../../../src/db/postgres/store.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
import { databaseLine } from '../../support/database-line.ts'
import { withoutPrograms } from '../../support/find-program.ts'
import type { Jar } from '../../support/jar.ts'
import { pgBouncer } from '../../support/pgbouncer.ts'
import { needsPostgres, onServer } from '../../support/postgres.ts'
import { archivedPostgres } from '../../support/postgres-copy.ts'
import { isRefusedInTime, MAX_LAG_MS, statusAt, untilReady } from '../../support/postgres-nodes.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  HOUR,
  LOGOUT,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
} from '../../support/rotation.ts'
import { claimOf, rowOf } from '../../support/rows.ts'

const HOUR_MS = HOUR * 1_000
const NEXT_PASSWORD = 'another lantern over the harbour'

/** Transactions that change nothing. A copy gives their numbers to others. */
const useNumbers = (url: string, count: number) =>
  onServer(url, (client) =>
    client.query(
      `DO $$ BEGIN FOR i IN 1..${count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`,
    ),
  )

const newestChange = (url: string): Promise<{ seq: number; xid: number }> =>
  onServer(url, async (client) => {
    const { rows } = await client.query('SELECT seq, xid FROM session_changes ORDER BY seq DESC LIMIT 1')
    return { seq: Number(rows[0].seq), xid: Number(rows[0].xid) }
  })

/** One account for each service that is asked after the promotion. */
interface Both<Value> {
  readonly live: Value
  readonly fresh: Value
}

async function both<Value>(work: (name: keyof Both<Value>) => Promise<Value>): Promise<Both<Value>> {
  return { live: await work('live'), fresh: await work('fresh') }
}

const storeOf = ({ app }: TestApp) => internalsOf(app).store

/** A store behind a pooler, whose connection stays when the pooler goes to another server. */
async function pooledStore(t: Test, database: string) {
  const line = await databaseLine(t, database)
  const url = await pgBouncer(t, line.url)
  const store = await createPostgresStore({ url, feedMaxLagMs: HOUR_MS, readEveryMs: HOUR_MS })
  t.teardown(() => store.close())
  return { store, line, url }
}

const withoutBouncer = withoutPrograms([['pgbouncer', '--version']])

/** What the copy contains. */
async function beforeNoon(live: TestApp) {
  const signUpBoth = (what: string) => both((name) => signUp(live, `${what}-${name}@example.com`))
  await signUpBoth('later')
  const staying = await signUpBoth('staying')
  const { userId } = await rowOf(live, staying.live)
  await storeOf(live).renameUser(userId, 'Ada', 0)
  return {
    ...{ staying, userId },
    refreshing: await signUpBoth('refreshing'),
    replayed: await signUpBoth('replayed'),
    stolen: await signUpBoth('stolen'),
    ended: await signUpBoth('ended'),
    changing: await signUpBoth('changing'),
  }
}

/** What the copy does not contain. */
async function afterNoon(t: Test, live: TestApp, people: Awaited<ReturnType<typeof beforeNoon>>) {
  const newest = await both(async (name) => {
    await proveReceipt(live, people.refreshing[name])
    return refreshAndLose(live, await refreshAndLose(live, people.refreshing[name]))
  })
  const successor = await both((name) => refreshAndLose(live, people.replayed[name]))
  const owner = await both((name) => refreshAndLose(live, people.stolen[name]))
  for (const jars of [successor, owner]) await both((name) => proveReceipt(live, jars[name]))
  const payload = { currentPassword: PASSWORD, newPassword: NEXT_PASSWORD }
  await both(async (name) => {
    const changed = { method: 'POST', url: '/me/password', payload } as const
    t.equal((await live.request(changed, people.changing[name])).statusCode, 204)
  })
  await both(async (name) => {
    t.equal((await live.request(LOGOUT, people.ended[name].copy())).statusCode, 204)
    t.equal(await statusAt(live, people.ended[name].copy()), 401)
  })
  await signUp(live, 'new@example.com')
  const later = await both((name) => signIn(live, `later-${name}@example.com`))
  // More numbers than the copy leaves out.
  for (let at = 1; at <= 60; at += 1) await storeOf(live).renameUser(people.userId, `name ${at}`, at)
  return { newest, successor, owner, later }
}

async function promoted(t: Test) {
  const archived = await archivedPostgres(t)
  const before = archived.server.urlOf('postgres')
  const line = await databaseLine(t, before)
  const clock = movableClock()
  const live = await buildApp(t, { clock, environment: { DATABASE_URL: line.url } })
  const early = await beforeNoon(live)
  const pooled = withoutBouncer ? undefined : await pooledStore(t, before)
  await archived.markTime('noon')
  await useNumbers(before, 200)
  const { place } = await storeOf(live).changesAfter(null)
  const people = { ...early, ...(await afterNoon(t, live, early)) }
  const last = await newestChange(before)

  const copy = await archived.promoteCopy('noon')
  t.equal(await statusAt(live, people.later.live), 200, 'the old server still answers')
  const url = copy.urlOf('postgres')
  line.leadTo(url)
  await isRefusedInTime(t, live, people.later.live, performance.now())
  await archived.server.stop()
  await untilReady(live)
  const fresh = await buildApp(t, { clock, environment: { DATABASE_URL: url } })
  const services = [
    { name: 'live', here: live, there: fresh, title: 'a service that went on running' },
    { name: 'fresh', here: fresh, there: live, title: 'a service that is started on it' },
  ] as const
  return { services, clock, url, last, place, pooled, people, live, fresh }
}

const password = (email: string, value: string) =>
  ({ method: 'POST', url: '/auth/login', payload: { email, password: value } }) as const

const eventsOf = async (service: TestApp, jar: Jar): Promise<string[]> => {
  const { id } = await rowOf(service, jar)
  const events = await storeOf(service).listEvents(1_000)
  return events.filter(({ sessionId }) => sessionId === id).map(({ type }) => type)
}

/** Asks a node until it tells another role. No request that begins 250 ms later tells the old one. */
async function tellsRoleInTime(t: Test, node: TestApp, jar: Jar, role: string, changedAt: number) {
  let told: string | undefined
  let startedAt = changedAt
  while (told !== role && startedAt - changedAt <= MAX_LAG_MS) {
    startedAt = performance.now()
    told = (await node.request(ME, jar)).json().user.role
  }
  t.equal(told, role)
}

t.test('an older copy of PostgreSQL that is promoted', needsPostgres, async (t) => {
  const { services, clock, url, last, place, pooled, people, live, fresh } = await promoted(t)

  for (const { name, here, there, title } of services) {
    t.test(`keeps a browser signed in that refreshed after it was taken, at ${title}`, async (t) => {
      const jar = people.newest[name]
      const { userId, generation } = await rowOf(here, jar)
      t.strictSame([generation, claimOf(here, jar).generation], [1, 3])
      clock.advance(ACCESS_TTL)
      t.equal(await statusAt(here, jar), 200)
      t.match(await rowOf(here, jar), { generation: 3, confirmedAt: null })
      t.strictSame(await eventsOf(here, jar), ['session-forwarded', 'signed-in'])
      for (const [service, next] of [
        [there, 4],
        [here, 5],
      ] as const) {
        clock.advance(ACCESS_TTL)
        t.equal(await statusAt(service, jar), 200)
        t.equal(claimOf(here, jar).generation, next)
      }
      t.equal((await storeOf(here).listSessions(userId, clock.now())).length, 1)
    })

    t.test(`knows no sign-in and no account from after it was taken, at ${title}`, async (t) => {
      const refused = await here.request(ME, people.later[name])
      t.match(refused.json(), { statusCode: 401, code: 'SESSION_ENDED' })
      clearsCookies(t, refused)
      t.equal(await statusAt(there, await signIn(here, `later-${name}@example.com`)), 200)
      if (name === 'live') {
        t.equal((await here.request(password('new@example.com', PASSWORD))).statusCode, 401)
        t.equal(await statusAt(there, await signUp(here, 'new@example.com')), 200)
      }
    })

    t.test(`has the password from before it was taken, at ${title}`, async (t) => {
      const email = `changing-${name}@example.com`
      t.equal(await statusAt(here, people.changing[name]), 401)
      t.equal((await here.request(password(email, NEXT_PASSWORD))).statusCode, 401)
      t.equal((await here.request(password(email, PASSWORD))).statusCode, 200)
    })

    t.test(`has a session that was signed out since, until it is ended again, at ${title}`, async (t) => {
      const jar = people.ended[name]
      t.equal(await statusAt(here, jar), 200)
      t.equal(await statusAt(there, jar), 200)
      const { userId } = await rowOf(here, jar)
      t.equal(await internalsOf(there.app).sessions.endAll(userId, null, 'ended-by-administrator'), 1)
      await isRefusedInTime(t, here, jar, performance.now())
    })

    t.test(`finds a replay once the newest token was shown, at ${title}`, async (t) => {
      const [thief, jar] = [people.replayed[name], people.successor[name]]
      clock.advance(ACCESS_TTL)
      t.equal(await statusAt(here, jar), 200)
      await proveReceipt(here, jar)
      clock.advance(ACCESS_TTL)
      t.match((await here.request(REFRESH, thief)).json(), { code: 'REFRESH_REUSED' })
      await isRefusedInTime(t, there, jar, performance.now())
    })

    t.test(`serves an older token until the owner comes back, at ${title}`, async (t) => {
      const [thief, jar] = [people.stolen[name], people.owner[name]]
      t.equal((await here.request(REFRESH, thief)).statusCode, 204)
      t.equal(thief.get('refresh'), jar.get('refresh'), 'the token that the owner has')
      clock.advance(ACCESS_TTL)
      t.equal((await there.request(REFRESH, thief)).statusCode, 204)
      await proveReceipt(there, thief)
      clock.advance(ACCESS_TTL)
      t.match((await here.request(ME, jar)).json(), { code: 'REFRESH_REUSED' })
      await isRefusedInTime(t, there, thief, performance.now())
    })

    t.test(`tells ${title} of changes with numbers that were used before`, async (t) => {
      const jar = people.staying[name]
      clock.advance(ACCESS_TTL)
      for (const service of [here, there]) t.equal(await statusAt(service, jar), 200)
      const { userId } = await rowOf(here, jar)
      await storeOf(there).changeAccess(userId, { role: 'editor' }, clock.now())
      await tellsRoleInTime(t, here, jar, 'editor', performance.now())
      t.equal((await there.request(LOGOUT, jar.copy())).statusCode, 204)
      await isRefusedInTime(t, here, jar, performance.now())
    })
  }

  t.test('gives the numbers of its changes again', async (t) => {
    const { seq, xid } = await newestChange(url)
    t.ok(seq <= last.seq, `${seq} is not above ${last.seq}`)
    t.ok(xid <= last.xid, `${xid} is not above ${last.xid}`)
  })

  t.test('gives its changes to a reader that read the lost ones', async (t) => {
    await useNumbers(url, 1_000)
    const { xid } = await newestChange(url)
    t.ok(xid < Number(place.split('-')[3]), 'a transaction that the reader counts as read')
    const signedOut = { of: 'session', id: claimOf(live, people.staying.live).sid }
    for (const service of [live, fresh]) {
      const { changes } = await storeOf(service).changesAfter(place)
      t.match(changes === 'everything' ? [] : changes.filter(({ id }) => id === signedOut.id), [signedOut])
    }
  })

  t.test('is noticed behind a pooler', { skip: withoutBouncer }, async (t) => {
    const { store, line, url: bouncer } = pooled as NonNullable<typeof pooled>
    store.changedSessions()
    line.leadTo(url)
    await onServer(bouncer, (client) => client.query('SELECT 1'))
    await store.readChanges()
    t.equal(store.changedSessions(), 'everything')
  })
})
