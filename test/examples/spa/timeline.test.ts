import t from 'tap'
import {
  EMPTY,
  type Exchange,
  lanesOf,
  record,
  type Timeline,
  USE_UP,
} from '../../../examples/spa/src/live/timeline.ts'
import { readTold, type Told } from '../../../examples/spa/src/live/told.ts'

t.test('reads what the service reports, and nothing else', async (t) => {
  t.strictSame(readTold('session;desc="refreshed", generation;desc="12", access;dur=9500, life;dur=10000'), {
    what: 'refreshed',
    outcome: undefined,
    generation: 12,
    leftMs: 9_500,
    lifeMs: 10_000,
  })
  t.match(readTold('session;desc="refreshed", generation;desc="2", outcome;desc="fell-back", auth;dur=0'), {
    outcome: 'fell-back',
  })
  t.match(readTold('proxy;dur=3, session;desc="known", generation;desc="1", access;dur=0, life;dur=1'), {
    what: 'known',
  })
  for (const header of [null, '', 'db;dur=53', 'session;desc="ended"']) t.equal(readTold(header), undefined)
})

let ids = 0

function exchange(
  endedAt: number,
  what?: Told['what'],
  generation = 1,
  more: Partial<Exchange> = {},
): Exchange {
  ids += 1
  const told = what && { what, generation, leftMs: 10_000, lifeMs: 10_000 }
  const id = String(ids)
  return {
    id,
    request: 'GET /me',
    startedAt: endedAt - 10,
    endedAt,
    status: 200,
    ...(told && { told }),
    ...more,
  }
}

const after = (...exchanges: Exchange[]): Timeline => exchanges.reduce(record, EMPTY)

const livesAfter = (...exchanges: Exchange[]) =>
  after(...exchanges).lives.map(({ generation, from, until }) => [generation, from, until])

t.test('the first answer starts a bar, and a refresh starts the next', async (t) => {
  t.strictSame(livesAfter(exchange(100, 'known')), [[1, 100, 10_100]])
  t.strictSame(livesAfter(exchange(100, 'known'), exchange(2_000, 'known')), [[1, 100, 10_100]])
  t.strictSame(livesAfter(exchange(100, 'known'), exchange(12_000, 'refreshed', 2)), [
    [1, 100, 10_100],
    [2, 12_000, 22_000],
  ])
  t.strictSame(livesAfter(exchange(100, 'known'), exchange(2_000, 'refreshed', 2)), [
    [1, 100, 2_000],
    [2, 2_000, 12_000],
  ])
})

t.test('requests that receive the same token share one bar', async (t) => {
  t.strictSame(livesAfter(exchange(100, 'refreshed', 2), exchange(150, 'refreshed', 2)), [[2, 100, 10_150]])
})

t.test('a token that is renewed without a rotation has a bar of its own', async (t) => {
  t.strictSame(livesAfter(exchange(100, 'refreshed', 2), exchange(20_000, 'refreshed', 2)), [
    [2, 100, 10_100],
    [2, 20_000, 30_000],
  ])
})

t.test('an overtaken answer starts no bar', async (t) => {
  t.strictSame(livesAfter(exchange(100, 'refreshed', 3), exchange(200, 'refreshed', 2)), [[3, 100, 10_100]])
})

t.test('a bar ends when its token is used up or its session ends', async (t) => {
  const usedUp = { request: USE_UP, status: 204 }
  t.strictSame(livesAfter(exchange(100, 'known'), exchange(500, undefined, 0, usedUp)), [[1, 100, 500]])
  t.strictSame(livesAfter(exchange(100, 'known'), exchange(500, undefined, 0, { status: 401 })), [
    [1, 100, 500],
  ])
  t.strictSame(livesAfter(exchange(500, undefined, 0, { status: 401 })), [])
  t.strictSame(livesAfter(exchange(500)), [])
})

t.test('an answered request replaces its entry', async (t) => {
  const { endedAt: _none, status: _noneEither, ...begun } = exchange(100)
  const over = { ...begun, endedAt: 100, status: 200 }
  t.strictSame(after(begun).exchanges, [begun])
  t.strictSame(after(begun, over).exchanges, [over])
})

t.test('bars that overlap are drawn one below the other', async (t) => {
  const spans = [
    [0, 100],
    [50, 60],
    [55, undefined],
    [100, 120],
    [110, 130],
  ] as const
  const exchanges = spans.map(([startedAt, endedAt]) => ({
    id: String(startedAt),
    request: 'GET /me',
    startedAt,
    ...(endedAt && { endedAt }),
  }))
  t.strictSame(lanesOf(exchanges, 200, 20), [0, 1, 2, 0, 1])
  t.strictSame(lanesOf(exchanges, 200, 70), [0, 1, 2, 0, 3], 'and so is what is too short to be seen')
})
