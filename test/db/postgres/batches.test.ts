import { setImmediate as nextTurn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createBatches } from '../../../src/db/postgres/batches.ts'
import { createPostgresStore } from '../../../src/db/postgres/store.ts'
import { AuthError } from '../../../src/errors.ts'
import { needsPostgres, onServer, temporaryPostgres } from '../../support/postgres.ts'
import { someSession, someUser } from '../../support/rows-by-hand.ts'

const HOUR_MS = 3_600_000
const FAR = 1_000 * HOUR_MS

interface Sent {
  readonly calls: readonly string[]
  readonly answer: (leftOut?: readonly string[]) => void
  readonly fail: (error: unknown) => void
}

/** Batches of calls that the test answers. A call that is sent alone is answered at once. */
function recorded(isShared = false, maxWaitMs = 1_000_000) {
  const sent: Sent[] = []
  const alone: string[] = []
  const call = createBatches<string, string>({
    keyOf: (call) => call,
    isShared,
    maxWaitMs,
    alone: async (call) => {
      alone.push(call)
      return `${call} alone`
    },
    together: (calls) =>
      new Promise((resolve, fail) => {
        const answer = (leftOut: readonly string[] = []) =>
          resolve(
            new Map(calls.filter((one) => !leftOut.includes(one)).map((one) => [one, `${one} together`])),
          )
        sent.push({ calls, answer, fail })
      }),
  })
  const many = (calls: string) => Promise.allSettled([...calls].map(call))
  return { sent, alone, call, many }
}

const values = (results: readonly PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason))

t.test('sends the calls of one turn together, and a single one as it is', async (t) => {
  const { sent, alone, call, many } = recorded()
  const answers = many('abc')
  await nextTurn()
  t.strictSame(
    sent.map(({ calls }) => calls),
    [['a', 'b', 'c']],
  )
  sent[0]?.answer()
  t.strictSame(values(await answers), ['a together', 'b together', 'c together'])
  t.equal(await call('d'), 'd alone')
  t.strictSame(alone, ['d'])
})

t.test('sends a call alone that the batch has left out', async (t) => {
  const { sent, many } = recorded()
  const answers = many('abc')
  await nextTurn()
  sent[0]?.answer(['b'])
  t.strictSame(values(await answers), ['a together', 'b alone', 'c together'])
})

t.test('sends each call alone after the server has refused a value of the batch', async (t) => {
  const { sent, many } = recorded()
  const answers = many('ab')
  await nextTurn()
  sent[0]?.fail(new Error('a value'))
  t.strictSame(values(await answers), ['a alone', 'b alone'])
})

t.test('rejects every call of a batch in an outage, and sends none again', async (t) => {
  const { sent, alone, call, many } = recorded()
  const outage = new AuthError('STORE_UNAVAILABLE')
  const answers = many('ab')
  await nextTurn()
  sent[0]?.fail(outage)
  t.strictSame(values(await answers), [outage, outage])
  t.strictSame(alone, [])
  t.equal(await call('c'), 'c alone', 'the next call is sent')
})

t.test('never sends two calls with the same key in one batch', async (t) => {
  const { sent, alone, many } = recorded()
  const answers = many('aba')
  await nextTurn()
  await nextTurn()
  t.strictSame(
    sent.map(({ calls }) => calls),
    [['a', 'b']],
  )
  t.strictSame(alone, ['a'])
  sent[0]?.answer()
  t.strictSame(values(await answers), ['a together', 'b together', 'a alone'])
})

t.test('gives the result of one call to all with the same key, where they are shared', async (t) => {
  const { sent, many } = recorded(true)
  const answers = many('aba')
  await nextTurn()
  sent[0]?.answer()
  t.strictSame(values(await answers), ['a together', 'b together', 'a together'])
  t.equal(sent.length, 1)
})

t.test('lets calls wait while four batches are under way, and sends them together then', async (t) => {
  const { sent, many } = recorded()
  const answers: Promise<unknown>[] = []
  for (const pair of ['ab', 'cd', 'ef', 'gh', 'ij', 'kl']) {
    answers.push(many(pair))
    await nextTurn()
  }
  t.equal(sent.length, 4)
  sent[0]?.answer()
  while (sent.length === 4) await nextTurn()
  t.strictSame(sent[4]?.calls, ['i', 'j', 'k', 'l'])
  for (const { answer } of sent) answer()
  await Promise.all(answers)
})

t.test('sends the calls that wait too long behind batches without an answer', async (t) => {
  const { sent, many } = recorded(false, 1)
  const answers: Promise<unknown>[] = []
  for (const calls of ['ab', 'cd', 'ef', 'gh', 'ijk']) {
    answers.push(many(calls))
    await nextTurn()
  }
  while (sent.length < 5) await nextTurn()
  t.strictSame(sent[4]?.calls, ['i', 'j', 'k'])
  for (const { answer } of sent) answer()
  await Promise.all(answers)
})

t.test('sends at most 64 calls in a batch', async (t) => {
  const { sent, many } = recorded()
  const answers = many(String.fromCharCode(...Array.from({ length: 66 }, (_, index) => 1_000 + index)))
  await nextTurn()
  await nextTurn()
  t.strictSame(
    sent.map(({ calls }) => calls.length),
    [64, 2],
  )
  for (const { answer } of sent) answer()
  t.equal(new Set(values(await answers)).size, 66)
})

/** A store with sessions of one account. */
async function withSessions(t: Test, count: number) {
  const url = await temporaryPostgres(t)
  const store = await createPostgresStore({ url, feedMaxLagMs: HOUR_MS, readEveryMs: HOUR_MS, listen: false })
  t.teardown(() => store.close())
  const user = someUser()
  await store.createUser(user)
  const sessions = Array.from({ length: count }, () =>
    someSession(user.id, { idleExpiresAt: FAR, expiresAt: FAR }),
  )
  await Promise.all(sessions.map((session) => store.createSession(session)))
  const rotate = (session: { readonly id: string }, change = {}) =>
    store.rotateSession({
      ...{ id: session.id, from: 1, to: 2, rotatedAt: 100, handedAt: null, idleExpiresAt: FAR + 1 },
      ...{ arrived: 90, settledBy: 90, ip: '192.0.2.1', userAgent: 'a browser', ...change },
    })
  return { url, store, user, sessions, rotate }
}

t.test('batches on PostgreSQL', needsPostgres, async (t) => {
  t.test('a session that a transaction has locked holds up no other session', async (t) => {
    const { url, sessions, rotate } = await withSessions(t, 5)
    const [locked] = sessions as [(typeof sessions)[number]]
    const finished = await onServer(url, async (client) => {
      await client.query('BEGIN')
      await client.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [
        Buffer.from(locked.id, 'base64url'),
      ])
      const [first, ...others] = sessions.map((session) => rotate(session))
      const rotated = await Promise.allSettled(others)
      t.strictSame(
        rotated.map((result) => result.status === 'fulfilled' && result.value?.session.generation),
        [2, 2, 2, 2],
      )
      await client.query('COMMIT')
      return first
    })
    t.equal(finished?.session.generation, 2, 'the locked one has waited')
  })

  t.test('a value that the server refuses fails the rotation that it belongs to alone', async (t) => {
    const { store, sessions, rotate } = await withSessions(t, 3)
    const rotated = await Promise.allSettled(
      sessions.map((session, index) => rotate(session, index === 1 ? { ip: '\0' } : {})),
    )
    t.strictSame(
      rotated.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    const found = await Promise.all(sessions.map(({ id }) => store.findSession(id)))
    t.strictSame(
      found.map((row) => row?.session.generation),
      [2, 1, 2],
    )
  })
})
