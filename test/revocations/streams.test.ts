import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import {
  createRevocationStreams,
  MAX_STREAMS,
  MAX_STREAMS_OF_CLIENT,
  type RevocationStreams,
} from '../../src/revocations/streams.ts'
import type { Store } from '../../src/store/store.ts'
import { temporaryDatabase } from '../support/database.ts'
import { seed } from '../support/rounds.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'

const NEVER_MS = 1_000_000
/** A busy machine needs a part of it. */
const MAX_WAIT_MS = 10_000
const A_YEAR_MS = 365 * 86_400_000
const KEEP_ALL = {
  sessionsBefore: 0,
  throttlesBefore: 0,
  eventsBefore: 0,
  mailBefore: 0,
  oneTimeTokensBefore: 0,
  rows: 1_000,
}

// Neither the streams nor the watch of the feed keep a process alive.
const alive = setInterval(() => {}, NEVER_MS)
t.teardown(() => clearInterval(alive))

interface Service {
  readonly store: Store
  readonly streams: RevocationStreams
}

/** The streams of so many processes on one database. Their heartbeats are `heartbeatMs` apart. */
function services(t: Test, count: number, heartbeatMs = NEVER_MS): Service[] {
  const url = `file:${temporaryDatabase(t)}`
  return Array.from({ length: count }, () => {
    const store = createSqliteStore({ url })
    const streams = createRevocationStreams({
      feed: store,
      isRegistered: async () => true,
      heartbeatMs,
      onOutage: (error) => assert.fail(String(error)),
    })
    t.teardown(async () => {
      streams.close()
      await store.close()
    })
    return { store, streams }
  })
}

/** A verifier that notes each change, and goes on from its place after a break. */
function createVerifier() {
  const told: string[] = []
  let place: string | null = null
  let stream: Readable | undefined
  let wake = () => {}
  const parser = createParser({
    onEvent({ event, id, data }) {
      if (event === 'change') told.push(JSON.parse(data).id)
      if (event === 'everything') told.push(event)
      if (id !== undefined) place = id
      wake()
    },
  })
  return {
    told,
    breakOff() {
      stream?.destroy()
      // A part of an event that has arrived is of no use.
      parser.reset()
      stream = undefined
    },
    async connect({ streams }: Service) {
      if (stream !== undefined) return
      // As the subscriber: the changes before a first stream are unknown.
      if (place === null) told.push('everything')
      const opened = await streams.open('movies', place)
      stream = opened
      // Whatever arrives after the break is not received.
      opened.setEncoding('utf8').on('data', (text: string) => stream === opened && parser.feed(text))
    },
    /** Resolves when the change has been told, or everything after `from`. */
    async heard(id: string, from: number) {
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        wake()
      }, MAX_WAIT_MS)
      while (!isLate && !told.includes(id) && !told.includes('everything', from)) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      clearTimeout(timer)
      assert.ok(!isLate, 'a change was not told')
    },
  }
}

t.test('tells every change, or everything, however connections break', async (t) => {
  const both = services(t, 2)
  const [one] = both as [Service, Service]
  const step = fc.oneof(
    fc.record({ kind: fc.constant('change' as const), at: fc.nat(1) }),
    fc.record({ kind: fc.constant('connect' as const), at: fc.nat(1) }),
    fc.record({ kind: fc.constant('break' as const) }),
    fc.record({ kind: fc.constant('turns' as const), count: fc.integer({ min: 1, max: 6 }) }),
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const) }) },
  )
  const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
    const verifier = createVerifier()
    const made: { id: string; toldBefore: number }[] = []
    async function change({ store }: Service) {
      const user = someUser()
      await store.createUser(user)
      made.push({ id: user.id, toldBefore: verifier.told.length })
      await store.renameUser(user.id, 'Ada', 1)
    }
    for (const each of steps) {
      if (each.kind === 'change') await change(both[each.at] as Service)
      else if (each.kind === 'connect') await verifier.connect(both[each.at] as Service)
      else if (each.kind === 'break') verifier.breakOff()
      else if (each.kind === 'turns') for (let turn = 0; turn < each.count; turn += 1) await nextTurn()
      else await one.store.prune({ ...KEEP_ALL, changesBefore: A_YEAR_MS })
    }
    await verifier.connect(one)
    await change(one)
    for (const { id, toldBefore } of made) await verifier.heard(id, toldBefore)
    verifier.breakOff()

    const told = [...new Set(verifier.told)].map((id) => made.findIndex((each) => each.id === id))
    const order = told.filter((place) => place !== -1)
    assert.deepEqual(
      order,
      order.toSorted((before, after) => before - after),
      'in the order of the feed',
    )
  })
  const found = await fc.check(property, {
    seed,
    endOnFailure: true,
    numRuns: Number(process.env.TACIT_RUNS ?? 40),
  })
  if (found.failed) t.comment(`TACIT_SEED=${seed}`, fc.defaultReportMessage(found))
  t.notOk(found.failed)
})

t.test('tells changes in the order of the feed', async (t) => {
  const [one, two] = services(t, 2) as [Service, Service]
  const verifier = createVerifier()
  await verifier.connect(one)
  const ids: string[] = []
  for (let count = 0; count < 20; count += 1) {
    const { store } = count % 3 === 0 ? two : one
    const user = someUser()
    await store.createUser(user)
    await store.renameUser(user.id, 'Ada', 1)
    ids.push(user.id)
  }
  await verifier.heard(ids.at(-1) as string, 1)
  t.strictSame([...new Set(verifier.told)], ['everything', ...ids])
  verifier.breakOff()
})

t.test('tells more changes than a page has, to connected and to new verifiers', async (t) => {
  const [service] = services(t, 1) as [Service]
  const { store } = service
  const user = someUser()
  await store.createUser(user)
  const sessions = Array.from({ length: 1_201 }, () => someSession(user.id))
  await Promise.all(sessions.map((session) => store.createSession(session)))
  const [connected, later] = [createVerifier(), createVerifier()]
  for (const each of [connected, later]) {
    await each.connect(service)
    const first = someUser()
    await store.createUser(first)
    await store.renameUser(first.id, 'Ada', 1)
    await each.heard(first.id, 1)
  }
  later.breakOff()
  await store.endSessionsOf(user.id, 'ended-by-user', 1, null)
  await later.connect(service)
  for (const verifier of [connected, later]) {
    for (const { id } of sessions) await verifier.heard(id, 1)
    verifier.breakOff()
  }
  t.equal(connected.told.filter((told) => told === 'everything').length, 1)
})

t.test('breaks off a stream that nothing reads, and resumes it with every change', async (t) => {
  const [service] = services(t, 1) as [Service]
  const { store, streams } = service
  const user = someUser()
  await store.createUser(user)
  const [slow, quick] = [await streams.open('movies', null), await streams.open('movies', null)]
  let first = ''
  quick.setEncoding('utf8').on('data', (text: string) => {
    first += text
  })
  while (!first.includes('event: place')) await nextTurn()
  const place = /id: (\S+)/.exec(first)?.[1] as string
  let waiting = 0
  const closed = once(slow, 'close')
  let isClosed = false
  closed.then(() => {
    isClosed = true
  })
  let changes = 0
  while (!isClosed) {
    await store.renameUser(user.id, `name ${++changes}`, changes)
    waiting = Math.max(waiting, slow.readableLength)
    await nextTurn()
  }
  t.ok(waiting > 16_000, 'something waited for it')
  t.ok(waiting < 128 * 1_024, `at most ${waiting} bytes`)
  t.notOk(quick.destroyed, 'another stream goes on')

  for (let more = 0; more < 300; more += 1) await store.renameUser(user.id, `name ${++changes}`, changes)
  const resumed = await streams.open('movies', place)
  for (let turn = 0; turn < 20; turn += 1) await nextTurn()
  t.notOk(resumed.destroyed, 'it is not sent faster than it is read')
  t.ok(resumed.readableLength < 64 * 1_024, 'a page is waiting, and not all')
  let text = ''
  resumed.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  while (!resumed.destroyed && !text.includes('event: place')) await nextTurn()
  t.ok(text.split('event: change').length - 1 >= changes, 'each change is told')
})

t.test('breaks off a stream that takes nothing for three heartbeats', async (t) => {
  const [{ streams }] = services(t, 1, 20) as [Service]
  await once(await streams.open('movies', null), 'close')
  t.pass('it was closed')
})

t.test('refuses streams above the number of a process, and all while it stops', async (t) => {
  const [{ streams }] = services(t, 1) as [Service]
  const clients = MAX_STREAMS / MAX_STREAMS_OF_CLIENT
  const opened = Array.from({ length: MAX_STREAMS }, (_, place) =>
    streams.open(`client ${place % clients}`, null),
  )
  await t.rejects(streams.open('client 0', null), { code: 'SERVER_BUSY', retryAfterSeconds: 5 })
  await t.rejects(streams.open('another client', null), { code: 'SERVER_BUSY' })
  const [first] = await Promise.all(opened)
  const gone = once(first as Readable, 'close')
  first?.destroy()
  await gone
  const late = streams.open('another client', null)
  streams.close()
  await t.rejects(late, { code: 'SERVER_BUSY' }, 'a stream that opens meanwhile')
  await t.rejects(streams.open('another client', null), { code: 'SERVER_BUSY' })
})

t.test('watches the feed only while a verifier is connected', async (t) => {
  const [{ store }] = services(t, 1) as [Service]
  let watches = 0
  const feed = {
    changesAfter: store.changesAfter,
    watchChanges(onChange: () => void) {
      watches += 1
      const stop = store.watchChanges(onChange)
      return () => {
        watches -= 1
        stop()
      }
    },
  }
  const onOutage = (error: unknown) => t.fail(String(error))
  const options = { feed, isRegistered: async () => true, heartbeatMs: NEVER_MS, onOutage }
  const streams = createRevocationStreams(options)
  t.equal(watches, 0)
  const opened = [await streams.open('a', null), await streams.open('b', null)]
  t.equal(watches, 1, 'once for all streams')
  for (const each of opened) {
    each.destroy()
    await once(each, 'close')
  }
  t.equal(watches, 0)
  const again = await streams.open('a', null)
  t.equal(watches, 1)
  again.destroy()
})

t.test('ends a stream whose client cannot be looked up', async (t) => {
  const [{ store }] = services(t, 1) as [Service]
  const { promise: outage, resolve } = Promise.withResolvers<unknown>()
  const streams = createRevocationStreams({
    feed: store,
    // Several heartbeats come meanwhile.
    isRegistered: () => sleep(50).then(() => Promise.reject(new Error('no answer'))),
    heartbeatMs: 10,
    onOutage: resolve,
  })
  const stream = (await streams.open('movies', null)).resume()
  const ended = once(stream, 'close')
  t.match(await outage, { message: 'no answer' })
  await ended
})
