import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { boundedClient, createEvents } from '../../src/audit/events.ts'
import { createTell, type Happening } from '../../src/audit/listeners.ts'
import { createRefusalEvents } from '../../src/audit/refusal-events.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { movableClock } from '../support/clock.ts'
import { matchesWhole } from '../support/lists.ts'

interface Line {
  readonly level: 'info' | 'error'
  readonly details: object
  readonly message: string
}

function prepare() {
  const lines: Line[] = []
  const store = createSqliteStore({ url: ':memory:' })
  const log = {
    info: (details: object, message: string) => void lines.push({ level: 'info', details, message }),
    error: (details: object, message: string) => void lines.push({ level: 'error', details, message }),
  }
  return { lines, store, events: createEvents({ store, clock: movableClock(1_000), log }) }
}

const USER = '019bc186-de00-738c-b587-e5f65ab95d6c'
const SID = 'AAAAAAAAAAAAAAAAAAAAAA'

t.test('writes one row and one log line for each event', async (t) => {
  const { lines, store, events } = prepare()
  const client = { ip: '192.0.2.1', userAgent: 'A browser' }
  await events.record('signed-out', { userId: USER, sid: SID, client, reason: 'logout' })
  t.strictSame(lines, [
    {
      level: 'info',
      details: {
        event: 'signed-out',
        userId: USER,
        actorId: undefined,
        sid: SID,
        ...client,
        reason: 'logout',
      },
      message: 'signed-out',
    },
  ])
  matchesWhole(t, await store.listEvents(10), [
    { at: 1_000, type: 'signed-out', userId: USER, sessionId: SID, ...client, reason: 'logout' },
  ])
})

t.test('stores null for unknown fields', async (t) => {
  const { store, events } = prepare()
  await events.record('disabled', {})
  matchesWhole(t, await store.listEvents(10), [
    {
      id: 1,
      at: 1_000,
      type: 'disabled',
      userId: null,
      sessionId: null,
      actorId: null,
      ip: null,
      userAgent: null,
      reason: null,
    },
  ])
})

t.test('logs an event that cannot be stored, and rejects nothing', async (t) => {
  const { lines, store, events } = prepare()
  await store.close()
  await t.resolves(events.record('signed-in', { userId: USER }))
  matchesWhole(t, lines, [
    { level: 'info', message: 'signed-in' },
    { level: 'error', message: 'an event could not be stored', details: { event: 'signed-in' } },
  ])
})

t.test('truncates text from clients before it is stored', async (t) => {
  const { ip, userAgent } = boundedClient('x'.repeat(1_000), 'y'.repeat(10_000))
  t.equal(ip.length, 64)
  t.equal(userAgent.length, 256)
  t.strictSame(boundedClient('192.0.2.1', undefined), { ip: '192.0.2.1', userAgent: '' })
})

function prepareRefusals() {
  const store = createSqliteStore({ url: ':memory:' })
  const clock = movableClock()
  const logged: object[] = []
  const events = createEvents({ store, clock, log: { info: (line) => logged.push(line), error() {} } })
  return { store, clock, logged, events, refusals: createRefusalEvents({ events, clock }) }
}

t.test('records the same refusal once a minute', async (t) => {
  const { store, clock, refusals } = prepareRefusals()
  const again = async () => {
    for (let n = 0; n < 3; n += 1) await refusals.record('rate-limited', 'an address', { reason: 'often' })
    return (await store.listEvents(100)).length
  }
  t.equal(await again(), 1)
  clock.advance(59.999)
  clock.step(3_600)
  t.equal(await again(), 1, 'to the end of it, whatever the time of day')
  clock.advance(0.001)
  t.equal(await again(), 2)
})

t.test('records a refusal of another kind, or of another caller, at once', async (t) => {
  const { store, refusals } = prepareRefusals()
  for (const key of ['an address', 'another']) await refusals.record('rate-limited', key, { reason: key })
  await refusals.record('access-refused', 'an address', { reason: 'of another type' })
  t.same(
    (await store.listEvents(100)).map(({ reason }) => reason),
    ['of another type', 'another', 'an address'],
  )
})

t.test(
  'records twenty of a thousand addresses, and one event for the others, until the minute is over',
  async (t) => {
    const { store, clock, refusals } = prepareRefusals()
    const storm = async () => {
      for (let n = 0; n < 1_000; n += 1) {
        await refusals.record('rate-limited', `address ${n}`, { reason: `address ${n}` })
      }
      return store.listEvents(1_000)
    }
    const first = await storm()
    t.equal(first.length, 21)
    matchesWhole(t, first.slice(0, 2), [
      { reason: 'others, within the same minute' },
      { reason: 'address 19' },
    ])
    t.equal((await storm()).length, 21)

    await refusals.record('access-refused', 'a key', { reason: 'not buried' })
    matchesWhole(
      t,
      await store.listEvents(1),
      [{ reason: 'not buried' }],
      'refusals of another type are told of',
    )
    clock.advance(60)
    t.equal((await storm()).length, 43)
  },
)

t.test('limits the events of failed sign-ins, and logs and counts each of them', async (t) => {
  const { store, logged, events, refusals } = prepareRefusals()
  for (const type of ['sign-in-failed', 'sign-in-paused', 'sign-in-closed'] as const) {
    logged.length = 0
    for (let n = 0; n < 30; n += 1) {
      for (let again = 0; again < 2; again += 1) {
        await refusals.record(type, `account ${n}`, { reason: `account ${n}` })
      }
    }
    t.equal((await store.listEvents(100, { type })).length, 21)
    matchesWhole(t, await store.listEvents(1), [{ type, reason: 'others, within the same minute' }])
    t.equal(logged.length, 60)
    t.match(logged.at(-1), { event: type, reason: 'account 29' })
    t.equal(events.counts()[type], 60)
  }
})

t.test('calls the hook of an event with what is known of it', async (t) => {
  const told: Happening[] = []
  const log = { error: () => t.fail('no hook has failed') }
  const onRoleChanged = (happening: Happening) => told.push(happening)
  const tell = createTell({ onRoleChanged }, { clock: movableClock(1_000), log })
  const client = { ip: '192.0.2.1', userAgent: 'A browser' }
  const whole = { userId: USER, actorId: SID, sid: SID, client, reason: 'user to admin' }
  tell('role-changed', whole)
  tell('role-changed', {})
  tell('signed-in', whole)
  t.strictSame(told, [], 'in a later turn')
  await nextTurn()
  t.strictSame(told, [
    { type: 'role-changed', at: 1_000, ...whole },
    { type: 'role-changed', at: 1_000 },
  ])
})
