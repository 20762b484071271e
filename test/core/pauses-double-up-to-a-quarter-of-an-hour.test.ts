import { createHash } from 'node:crypto'
import t from 'tap'
import { accountCounter, pauseMs, throttleKey } from '../../src/accounts/throttle.ts'

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
  [1_000_000, 900],
]

for (const [failures, seconds] of pauses) {
  t.test(`${failures} failures in a row: ${seconds} s`, async (t) => {
    t.equal(pauseMs(failures), seconds * 1_000)
  })
}

t.test('a pause counts from the last failure and ends with its last millisecond', async (t) => {
  const { admission } = accountCounter('ada@example.com', true)
  const throttle = { failures: 11, lastFailedAt: 1_000_000 }
  t.equal(admission(throttle, 1_000_000), 'paused')
  t.equal(admission(throttle, 1_001_999), 'paused')
  t.equal(admission(throttle, 1_002_000), 'open')
  t.equal(admission({ ...throttle, failures: 9 }, 1_000_000), 'open')
  t.equal(admission(undefined, 0), 'open')
})

t.test('after a hundred failures waiting does not help', async (t) => {
  const { admission } = accountCounter('ada@example.com', true)
  t.equal(admission({ failures: 99, lastFailedAt: 0 }, 900_000), 'open')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, 900_000), 'closed')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, Number.MAX_SAFE_INTEGER), 'closed')
})

t.test('what was typed is not kept: an account is counted under a digest', async (t) => {
  t.strictSame(throttleKey('ada@example.com'), createHash('sha256').update('ada@example.com').digest())
})
