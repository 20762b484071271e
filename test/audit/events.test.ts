import t from 'tap'
import { boundedClient, createEvents } from '../../src/audit/events.ts'
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
