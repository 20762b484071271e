import { createHash } from 'node:crypto'
import t from 'tap'
import { accountCounter, pauseMs, throttleKey } from '../../src/credentials/throttle.ts'
import { pruneAll } from '../../src/db/prune.ts'
import type { Account } from '../../src/store/account.ts'
import type { Throttle } from '../../src/store/throttles.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import { failuresBefore, failuresOf, login } from '../support/failures.ts'
import { holdNext } from '../support/gates.ts'
import { matchesWhole } from '../support/lists.ts'

const EMAIL = 'ada@example.com'
const DAY = 24 * 60 * 60
const MONTH = 30 * DAY

async function fail(service: TestApp, times: number, email = EMAIL): Promise<void> {
  for (let time = 0; time < times; time++) await login(service, 'wrong', { email })
}

t.test('does not pause before ten failures in a row', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await fail(service, 9)
  t.equal(await login(service, PASSWORD), 200)
})

t.test(
  'pauses an account for a second after the tenth failure, and doubles the pause with each',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    await fail(service, 10)
    for (const pauseSeconds of [1, 2, 4, 8]) {
      service.clock.advance(pauseSeconds - 0.001)
      t.equal(await login(service, PASSWORD), 401, `${pauseSeconds} s: not yet over`)
      service.clock.advance(0.001)
      t.equal(await login(service, 'wrong'), 401, 'over, and begun anew')
    }
    service.clock.advance(16)
    t.equal(await login(service, PASSWORD), 200)
  },
)

t.test('attempts during a pause are not counted, and do not prolong it', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await fail(service, 30)
  t.equal(await failuresOf(service), 10)
  service.clock.advance(1)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('limits a pause to a quarter of an hour', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (let failures = 0; failures < 30; failures++) {
    await login(service, 'wrong')
    service.clock.advance(15 * 60)
  }
  t.equal(await failuresOf(service), 30)
  await login(service, 'wrong')
  service.clock.advance(15 * 60 - 0.001)
  t.equal(await login(service, PASSWORD), 401)
  service.clock.advance(0.001)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('allows an unknown browser one attempt a day after a hundred failures in a row', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await failuresBefore(service, 98)
  t.equal(await login(service, 'wrong'), 401)
  service.clock.advance(15 * 60)
  t.equal(await login(service, 'wrong'), 401)
  t.equal(await failuresOf(service), 100)
  for (const failures of [101, 102]) {
    service.clock.advance(DAY - 0.001)
    t.equal(await login(service, PASSWORD), 401)
    matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [{ type: 'sign-in-closed' }])
    service.clock.advance(0.001)
    const attempts = await Promise.all([1, 2, 3].map(() => login(service, 'wrong')))
    t.same(attempts, [401, 401, 401])
    t.equal(await failuresOf(service), failures, 'one of three that are sent at once was looked at')
  }
  service.clock.advance(DAY)
  t.equal(await login(service, PASSWORD), 200)
  t.equal(await failuresOf(service), 0)
})

t.test(
  'forgets the count after thirty days without a failure, whether or not its row was deleted',
  async (t) => {
    for (const isPruned of [false, true]) {
      const service = await buildApp(t)
      await signUp(service)
      await failuresBefore(service, 100)
      service.clock.advance(MONTH - 15 * 60 - 0.001)
      await pruneAll(internalsOf(service.app).store, service.clock.now(), internalsOf(service.app).config)
      t.equal(await failuresOf(service), 100)
      service.clock.advance(0.002)
      if (isPruned)
        await pruneAll(internalsOf(service.app).store, service.clock.now(), internalsOf(service.app).config)
      t.equal(await failuresOf(service), isPruned ? 0 : 100)
      await fail(service, 9)
      t.equal(await failuresOf(service), 9)
      t.equal(await login(service, PASSWORD), 200)
    }
  },
)

t.test('counts failures that are sent at once after the count was forgotten', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await fail(service, 1)
  service.clock.advance(MONTH)
  await Promise.all([1, 2, 3].map(() => login(service, 'wrong')))
  t.equal(await failuresOf(service), 3)
})

t.test('accepts the right password at the hundredth attempt', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await failuresBefore(service, 99)
  t.equal(await login(service, PASSWORD), 200)
  t.equal(await failuresOf(service), 0)
})

t.test('a new password, an operator or a new account under the address opens an account again', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const { accounts } = internalsOf(service.app)
  const user = (await accounts.findByEmail(EMAIL)) as Account
  const NEXT = 'a quite different set of words'
  const change = { currentPassword: PASSWORD, newPassword: NEXT }
  const ways: Record<string, () => Promise<unknown>> = {
    'a new password': () =>
      service.request({ method: 'POST', url: '/me/password', payload: change }, browser),
    'a new password of an operator': () => accounts.resetPassword(user, PASSWORD),
    'an operator who unlocks': () => accounts.unlock(user),
    'an operator who disables and enables': async () => {
      await accounts.setDisabled(user, true)
      t.equal(await failuresOf(service), 100, 'not by disabling')
      await accounts.setDisabled(user, false)
    },
    'a sign-in from where the account is known': () => signIn(service, EMAIL, { jar: browser }),
    'the end of the account': () =>
      service.request({ method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD } }, browser),
    'a new account': () => signUp(service),
  }
  for (const [way, open] of Object.entries(ways)) {
    await failuresBefore(service, 100)
    await open()
    t.equal(await failuresOf(service), 0, way)
  }
  matchesWhole(
    t,
    (await internalsOf(service.app).store.listEvents(20))
      .map(({ type }) => type)
      .filter((type) => type === 'unlocked'),
    ['unlocked'],
  )
})

t.test('keeps failures of an address without an account for a day', async (t) => {
  const service = await buildApp(t)
  await fail(service, 3)
  service.clock.advance(24 * 60 * 60)
  await pruneAll(internalsOf(service.app).store, service.clock.now(), internalsOf(service.app).config)
  t.equal(await failuresOf(service), 3)
  service.clock.advance(0.001)
  await pruneAll(internalsOf(service.app).store, service.clock.now(), internalsOf(service.app).config)
  t.equal(await failuresOf(service), 0)
})

t.test('a successful sign-in resets the count', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (let round = 0; round < 3; round++) {
    await fail(service, 9)
    t.equal(await login(service, PASSWORD), 200)
    t.equal(await failuresOf(service), 0)
  }
})

t.test('a new password resets the count, also when it is set without the current one', async (t) => {
  const service = await buildApp(t)
  const owner = await signUp(service)
  await fail(service, 9)
  const payload = { newPassword: 'a quiet lake beneath nine hills' }
  t.equal((await service.request({ method: 'POST', url: '/me/password', payload }, owner)).statusCode, 204)
  t.equal(await failuresOf(service), 0)
})

t.test('counts guesses that are sent at once', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const guesses = Array.from({ length: 40 }, () => login(service, 'wrong'))
  t.ok((await Promise.all(guesses)).every((status) => status === 401))
  t.equal(await failuresOf(service), 10)
  t.match(
    internalsOf(service.app).events.counts(),
    { 'sign-in-failed': 10, 'sign-in-paused': 30 },
    'no more were looked at',
  )
  const types = (await internalsOf(service.app).store.listEvents(3)).map(({ type }) => type)
  t.same(types.sort(), ['sign-in-failed', 'sign-in-paused', 'signed-in'], 'one row for all that are alike')
})

t.test('judges an attempt by the latest count, also when it read an earlier one', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await failuresBefore(service, 9)
  const early = holdNext(internalsOf(service.app).store, 'findThrottle', 'after')
  const held = login(service, PASSWORD)
  await early.reached
  t.equal(await login(service, 'wrong'), 401)
  early.open()
  t.equal(await held, 401, 'the account pauses by now')
  t.equal(await failuresOf(service), 10)
  const [last] = await internalsOf(service.app).store.listEvents(1)
  t.equal(last?.type, 'sign-in-paused')
})

t.test('lets in all right passwords that are sent at once', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const statuses = await Promise.all(Array.from({ length: 8 }, () => login(service, PASSWORD)))
  t.strictSame(
    statuses,
    Array.from({ length: 8 }, () => 200),
  )
})

t.test('counts all spellings of an address as one, and other accounts apart', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await signUp(service, 'bo@example.com')
  for (const spelling of ['ADA@example.com', 'ada@EXAMPLE.com']) await fail(service, 5, spelling)
  t.equal(await login(service, PASSWORD), 401)
  t.equal(await login(service, PASSWORD, { email: 'bo@example.com' }), 200)
})

t.test('counts failures at the token endpoint together with those at sign-in', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const payload = { grant_type: 'password', username: EMAIL, password: 'wrong' }
  for (let failures = 0; failures < 10; failures++) {
    await service.request({ method: 'POST', url: '/auth/token', payload })
  }
  t.equal(await login(service, PASSWORD), 401)
})

t.test('keeps a signed-in owner signed in while others guess', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await fail(service, 20)
  service.clock.advance(1_000)
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

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

t.test(
  'admits an attempt before the tenth failure, if the last was counted by a clock that is ahead',
  async (t) => {
    const { admission } = accountCounter('ada@example.com', true)
    t.equal(admission({ failures: 9, lastFailedAt: 1_005_000 }, 1_000_000), 'open')
    t.equal(admission({ failures: 10, lastFailedAt: 1_005_000 }, 1_000_000), 'paused')
  },
)

t.test('closes an account for a day after each failure from the hundredth on', async (t) => {
  const { admission } = accountCounter('ada@example.com', true)
  t.equal(admission({ failures: 99, lastFailedAt: 0 }, 900_000), 'open')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, 900_000), 'closed')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, DAY_MS - 1), 'closed')
  t.equal(admission({ failures: 100, lastFailedAt: 0 }, DAY_MS), 'open')
})

/**
 * The times of an attacker's guesses. The attacker loses no time, and waits until the count is
 * forgotten whenever it has reached `most`.
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
  // Every choice of an attacker: the number of failures after which to wait until the count is
  // forgotten, or never.
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
