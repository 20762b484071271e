import { mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { pruneAll } from '../../src/db/prune.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp } from '../support/app.ts'
import { matchesWhole } from '../support/lists.ts'
import { someEvent, someSession, someUser } from '../support/rows-by-hand.ts'

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
const NOW = 1_000 * DAY_MS
const KEPT = { eventsTtlSeconds: (90 * DAY_MS) / 1_000 }

function memoryStore(t: Test) {
  const store = createSqliteStore({ url: ':memory:' })
  t.teardown(() => store.close())
  return store
}

t.test('keeps a session to its hard limit, ended or not, and then deletes it', async (t) => {
  const store = memoryStore(t)
  const user = someUser()
  await store.createUser(user)
  const due = someSession(user.id, { expiresAt: NOW - 1 })
  const alive = someSession(user.id, { expiresAt: NOW })
  const idle = someSession(user.id, { expiresAt: NOW + 1, idleExpiresAt: 0 })
  for (const session of [due, alive, idle]) await store.createSession(session)
  await store.endSession(alive.id, 'logout', 1)
  t.equal(await pruneAll(store, NOW, KEPT), 1)
  t.equal(await store.findSession(due.id), undefined)
  t.ok(await store.findSession(alive.id))
  t.ok(await store.findSession(idle.id))
  t.ok(await store.findUser(user.id))
})

t.test('keeps failures for their own time, and events for EVENTS_TTL', async (t) => {
  const store = memoryStore(t)
  const [old, recent] = [1, 2].map((fill) => Buffer.alloc(32, fill)) as [Buffer, Buffer]
  const first = { follows: undefined, failures: 1, at: 0 }
  await store.countAttempt({ ...first, key: old, forgetAt: NOW - 1 })
  await store.countAttempt({ ...first, key: recent, forgetAt: NOW })
  await store.addEvent(someEvent({ at: NOW - 90 * DAY_MS - 1 }))
  await store.addEvent(someEvent({ at: NOW - 90 * DAY_MS }))
  t.equal(await pruneAll(store, NOW, KEPT), 2)
  t.equal(await store.findThrottle(old), undefined)
  t.match(await store.findThrottle(recent), { failures: 1 })
  matchesWhole(t, await store.listEvents(10), [{ at: NOW - 90 * DAY_MS }])
})

t.test('keeps changes for a day, and the newest always', async (t) => {
  const store = memoryStore(t)
  const user = someUser()
  await store.createUser(user)
  for (const at of [0, NOW - DAY_MS - 1, NOW - DAY_MS, NOW - 1]) {
    const session = someSession(user.id, { expiresAt: NOW + 2 * DAY_MS })
    await store.createSession(session)
    await store.endSession(session.id, 'logout', at)
  }
  t.equal(await pruneAll(store, NOW, KEPT), 2, 'changes of the last day stay')
  t.equal(await pruneAll(store, NOW, KEPT), 0)
  t.equal(await pruneAll(store, NOW + DAY_MS, KEPT), 1, 'the newest change stays')
})

t.test('deletes expired rows in batches until none is left', async (t) => {
  const store = memoryStore(t)
  for (let index = 0; index < 121; index++) await store.addEvent(someEvent({ at: 0 }))
  const calls: number[] = []
  const counting = {
    async prune(limits: Parameters<typeof store.prune>[0]) {
      const gone = await store.prune(limits)
      calls.push(gone)
      return gone
    },
  }
  t.equal(await pruneAll(counting, NOW, KEPT), 121)
  t.strictSame(calls, [25, 25, 25, 25, 21, 0])
  t.strictSame(await store.listEvents(1), [])
})

t.test('serves requests between two batches', async (t) => {
  const store = memoryStore(t)
  for (let index = 0; index < 121; index++) await store.addEvent(someEvent({ at: 0 }))
  let turns = 0
  const turning = setInterval(() => turns++)
  t.teardown(() => clearInterval(turning))
  const seen: number[] = []
  await pruneAll({ prune: (limits) => store.prune(limits).finally(() => seen.push(turns)) }, NOW, KEPT)
  t.equal(seen.length, 6)
  t.equal(new Set(seen).size, 6, 'something else had its turn each time')
})

t.test('prunes every hour, also after a failure', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const lines: string[] = []
  const { app } = await buildApp(t, { log: (line) => lines.push(line) })
  await internalsOf(app).store.addEvent(someEvent({ at: 0 }))
  mock.timers.tick(HOUR_MS - 1)
  await nextTurn()
  t.equal((await internalsOf(app).store.listEvents(1)).length, 1)
  mock.timers.tick(1)
  while ((await internalsOf(app).store.listEvents(1)).length > 0) await nextTurn()

  await internalsOf(app).store.close()
  mock.timers.tick(HOUR_MS)
  while (!lines.some((line) => line.includes('Could not delete expired rows'))) await nextTurn()
  t.pass('it is logged')
})
