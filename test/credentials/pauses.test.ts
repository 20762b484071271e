import { createHash } from 'node:crypto'
import t from 'tap'
import { accountCounter, pauseMs, throttleKey } from '../../src/credentials/throttle.ts'
import type { Throttle } from '../../src/store/throttles.ts'

const DAY_MS = 24 * 60 * 60_000

const pauses: readonly (readonly [failures: number, seconds: number])[] = [
  [0, 0],
  [1, 0],
  [9, 0],
  [10, 1],
  [11, 2],
  [12, 4],
  [15, 32],
  [19, 512],
  [20, 900],
  [21, 900],
  [99, 900],
  [100, 86_400],
  [1_000_000, 86_400],
]

for (const [failures, seconds] of pauses) {
  t.test(`pauses for ${seconds} s after ${failures} failures in a row`, async (t) => {
    t.equal(pauseMs(failures), seconds * 1_000)
  })
}

t.test('a pause starts at the last failure, and ends with its last millisecond', async (t) => {
  const { admission } = accountCounter('ada@example.com', true)
  const throttle = { failures: 11, lastFailedAt: 1_000_000 }
  t.equal(admission(throttle, 1_000_000), 'paused')
  t.equal(admission(throttle, 1_001_999), 'paused')
  t.equal(admission(throttle, 1_002_000), 'open')
  t.equal(admission({ ...throttle, failures: 9 }, 1_000_000), 'open')
  t.equal(admission(undefined, 0), 'open')
})

t.test('closes an account for a day after each failure from the hundredth on', async (t) => {
  const { admission } = accountCounter('ada@example.com', true)
  t.equal(admission({ failures: 99, lastFailedAt: 0 }, 900_000), 'open')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, 900_000), 'closed')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, DAY_MS - 1), 'closed')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, DAY_MS), 'open')
})

/**
 * When each guess is looked at, of an attacker who loses no time but stays away until the count has faded whenever it has
 * reached `most`.
 */
function guesses(most: number, until: number): number[] {
  const { admission, failuresWith, forgetAt } = accountCounter('ada@example.com', true)
  const times: number[] = []
  let throttle: Throttle | undefined
  for (let now = 0; now < until; ) {
    if (admission(throttle, now) !== 'open') throw new Error('this guess would not be looked at')
    times.push(now)
    const { failures, lastFailedAt } = { failures: failuresWith(throttle, now), lastFailedAt: now }
    throttle = { failures, lastFailedAt }
    now = failures < most ? now + pauseMs(failures) : forgetAt(now)
  }
  return times
}

/** The most guesses in any stretch of time of this length. */
function mostWithin(times: readonly number[], length: number): number {
  let [most, from] = [0, 0]
  for (const [to, time] of times.entries()) {
    while (time - (times[from] as number) >= length) from += 1
    most = Math.max(most, to - from + 1)
  }
  return most
}

t.test('allows a guesser 129 guesses in any thirty days, and 1,224 in any year', async (t) => {
  const [month, year] = [30 * DAY_MS, 365 * DAY_MS]
  let [inMonth, inYear] = [0, 0]
  // Every choice that an attacker has: the number of failures after which the count is left to fade, or never.
  for (const most of [...Array.from({ length: 500 }, (_, index) => index + 1), Number.POSITIVE_INFINITY]) {
    const times = guesses(most, 2 * year)
    inMonth = Math.max(inMonth, mostWithin(times, month))
    inYear = Math.max(inYear, mostWithin(times, year))
  }
  t.equal(inMonth, 129)
  t.equal(inYear, 1_224)
})

t.test('stores a digest of the address, and not what the client typed', async (t) => {
  t.strictSame(throttleKey('ada@example.com'), createHash('sha256').update('ada@example.com').digest())
})
