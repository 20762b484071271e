import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createHashWorker } from '../../src/credentials/hash-worker.ts'
import type { RequestCount, RequestCounts } from '../../src/http/request-counts.ts'
import { createOwnLimits } from '../../src/limits/limits.ts'
import type { FromPrimary } from '../../src/workers/messages.ts'
import { createPrimaryLink } from '../../src/workers/primary-link.ts'
import { createPrimaryServices, type PrimaryServices } from '../../src/workers/primary-services.ts'

const hashWorker = createHashWorker()
t.teardown(() => hashWorker.close())
const now = () => performance.now()
const CHEAP = { memoryKib: 1_024, passes: 1, lanes: 1 }

/** A worker's side, joined to a primary's. Messages are lost while the primary is deaf. */
function worker(t: Test, serve: PrimaryServices) {
  const told: string[] = []
  const state = { isDeaf: false, batches: 0 }
  const log = (_details: object, message: string) => void told.push(message)
  const copy = <Message>(message: Message): Message => JSON.parse(JSON.stringify(message))
  const link = createPrimaryLink({
    workers: 2,
    isDegraded: false,
    log: { info: log, warn: log },
    send(message) {
      state.batches += 1
      const answer = (reply: FromPrimary) => link.receive(copy(reply))
      if (!state.isDeaf) serve(copy(message), answer)
    },
  })
  t.teardown(() => link.limits.close())
  return { link, told, state }
}

const primary = () => createPrimaryServices({ limits: createOwnLimits(), hashWorker })

t.test('workers share the counts of their primary', async (t) => {
  const serve = primary()
  const [one, two] = [worker(t, serve), worker(t, serve)]
  const [a, b] = [one, two].map(({ link }) => link.limits.counts('table', 10))
  const answers = await Promise.all([a, b, a, b].map((counts) => counts?.add('key', now())))
  t.same(answers.map((count) => count?.requests).sort(), [1, 2, 3, 4])
  t.equal(one.state.batches, 1, 'the calls of a turn are one message')
  t.match(await b?.find('key', now()), { requests: 4 })
  t.equal(await b?.find('other', now()), undefined)
  t.equal((await one.link.limits.counts('other', 10).add('key', now())).requests, 1)

  const last = await a?.add('key', now())
  a?.takeBack('key', last?.endsAt as number)
  t.match(await b?.find('key', now()), { requests: 4 })
  a?.takeBack('key', 0)
  a?.takeBack('unknown', 0)
  t.match(await b?.find('key', now()), { requests: 4 }, 'another window gets nothing back')
})

t.test('counts below half of a limit are reported together, and exceed it by a tenth at most', async (t) => {
  const serve = primary()
  const workers = [worker(t, serve), worker(t, serve)] as const
  const LIMIT = 100
  const [a, b] = workers.map(({ link }) => link.limits.counts('table', 10, LIMIT)) as [
    RequestCounts,
    RequestCounts,
  ]
  const [{ state }] = workers
  for (const expected of [1, 2, 3]) t.match(a.add('key', now()), { requests: expected }, 'at once')
  a.takeBack('key', (a.add('key', now()) as RequestCount).endsAt)
  a.add('given back', now())
  a.takeBack('given back', (await a.add('given back', now())).endsAt, 2)
  t.equal(state.batches, 0)
  const reported = async () => (await b.find('key', now()))?.requests
  for (let time = 0; time < 100 && (await reported()) === undefined; time += 1) await sleep(10)
  t.equal(await reported(), 3)
  t.equal(state.batches, 1, 'one message for all keys and requests, and none for those given back')
  t.equal(await b.find('given back', now()), undefined)
  t.match(b.add('key', now()), { requests: 1 }, 'this worker has not asked')

  for (let request = 0; request < 5; request += 1) b.add('key', now())
  t.match(await b.find('key', now()), { requests: 9 }, 'more than a twentieth is reported at once')

  // Both workers count as fast as they can, and each admits what it believes to be below the limit.
  const ask = async (counts: RequestCounts) => {
    const count = counts.add('all', now())
    return (count instanceof Promise ? await count : count).requests <= LIMIT
  }
  const answers = Array.from({ length: LIMIT }, () => [ask(a), ask(b)]).flat()
  const admitted = (await Promise.all(answers)).filter(Boolean).length
  t.ok(admitted >= LIMIT && admitted <= LIMIT * 1.1, `${admitted} were admitted`)
  const slowly: number[] = []
  for (let request = 0; request < LIMIT; request += 1) {
    slowly.push((await (request % 2 === 0 ? a : b).add('slow', now())).requests)
  }
  t.same(
    slowly.slice(60),
    Array.from({ length: 40 }, (_, place) => 61 + place),
    'exact above the half',
  )
})

t.test('a count goes on in the worker while its primary is late, and is delivered afterwards', async (t) => {
  const serve = primary()
  const [one, two] = [worker(t, serve), worker(t, serve)]
  const [a, b] = [one.link.limits.counts('table', 10), two.link.limits.counts('table', 10)]
  await b.add('key', now())
  t.equal((await a.add('key', now())).requests, 2)
  const beforeOutage = await a.add('before', now())
  one.state.isDeaf = true
  const late = await a.add('key', now())
  t.equal(late.requests, 3, 'own memory goes on from what it knew')
  t.equal(one.link.limits.isDegraded(), true)
  t.equal((await a.add('key', now())).requests, 4, 'without waiting again')
  t.match(await a.find('key', now()), { requests: 4 })
  t.equal(await a.find('other', now()), undefined)
  a.takeBack('before', beforeOutage.endsAt)
  const fresh = await a.add('fresh', now())
  a.takeBack('fresh', fresh.endsAt)
  const known = await a.add('key', now())
  a.takeBack('key', known.endsAt)
  await a.add('owed', now())

  one.state.isDeaf = false
  while (one.link.limits.isDegraded()) await sleep(10)
  t.match(await a.find('owed', now()), { requests: 1 })
  t.equal((await a.add('fresh', now())).requests, 1)
  t.equal((await a.add('before', now())).requests, 1, 'what was given back is delivered, too')
  // The late call may have been counted, so it is not delivered again.
  t.equal((await a.add('key', now())).requests, 4)
  t.equal((await b.add('key', now())).requests, 5)
  t.equal(one.told.length, 2)
  t.match(one.told[0], 'late')
})

t.test('hashes passwords in the primary, and passes its errors on', async (t) => {
  const { link } = worker(t, primary())
  const hash = await link.hashWorker.hash('correct horse', CHEAP)
  t.equal(await link.hashWorker.verify(hash, 'correct horse'), true)
  t.equal(await link.hashWorker.verify(hash, 'wrong horse'), false)
  await t.rejects(link.hashWorker.verify('nonsense', 'x'))
  const busy = link.hashWorker.hash('correct horse', { memoryKib: 1_000_000, passes: 3, lanes: 1 })
  hashWorker.close()
  await t.rejects(busy, { code: 'SERVER_BUSY' })
  link.hashWorker.close()
})

t.test('is degraded while the primary says so, and ignores answers to nothing', async (t) => {
  const { link } = worker(t, primary())
  link.receive({ tacit: 'degraded', isDegraded: true })
  t.equal(link.limits.isDegraded(), true)
  link.receive({ tacit: 'degraded', isDegraded: false })
  t.equal(link.limits.isDegraded(), false)
  link.receive({ tacit: 'counted', id: 77, answers: [] })
  link.receive({ tacit: 'hashed', id: 77, value: true })
  link.receive({ tacit: 'hashed', id: 78, error: null })
})
