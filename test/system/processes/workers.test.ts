import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { browse, expire, generationOf, letTimePass, registerAt, signInAt } from '../../support/browser.ts'
import { Jar } from '../../support/jar.ts'
import { needsPostgres, temporaryPostgres } from '../../support/postgres.ts'
import { startRedis, withoutRedis } from '../../support/redis.ts'
import { LOGOUT, ME, REFRESH } from '../../support/rotation.ts'
import { rounds } from '../../support/rounds.ts'
import { send } from '../../support/socket.ts'
import { startUnmeasuredWorkers, startWorkers } from '../../support/workers.ts'

const WORKERS = 2
const LIMIT = 20
const ROUNDS = rounds(1, 20)
const service = await startWorkers(t, WORKERS, { METRICS_PORT: 0, LOGIN_RATE_LIMIT_MAX: LIMIT })
const { port } = service
const database = service.database()
const PEOPLE = 4
const people = await Promise.all(
  Array.from({ length: PEOPLE }, (_, person) => registerAt(port, `person${person}@example.com`)),
)

/** Asks until every worker has answered once, one connection for each request. */
async function askEveryWorker(ask: () => Promise<{ statusCode: number | undefined }>): Promise<number[]> {
  const statuses: number[] = []
  // Connections are handed out in turn.
  for (let request = 0; request < WORKERS * 2; request += 1) statuses.push((await ask()).statusCode ?? 0)
  return [...new Set(statuses)]
}

t.test('a sign-out at one worker is refused at the next request in every other', async (t) => {
  const jar = await signInAt(port, 'person0@example.com')
  const copy = jar.copy()
  t.same(await askEveryWorker(() => send(port, ME, copy)), [200], 'every worker remembers the token')
  t.equal((await browse(port, LOGOUT, jar)).statusCode, 204)
  t.same(await askEveryWorker(() => send(port, ME, copy)), [401])
})

t.test('every worker takes part, and one hashing process works for all', async (t) => {
  await Promise.all(Array.from({ length: 4 }, () => signInAt(port, 'person1@example.com')))
  const signedIn = service.lines.filter(({ event }) => event === 'registered' || event === 'signed-in')
  t.same([...new Set(signedIn.map(({ pid }) => pid))].sort(), service.pids().sort())
  const hashing = service.lines.filter(({ msg }) => msg.includes('Passwords are hashed at'))
  const [primary, ...others] = new Set(hashing.map(({ pid }) => pid))
  t.same(others, [])
  t.notOk(service.pids().includes(primary as number), 'and the primary process runs it')
})

t.test('metrics are the sum of all workers, on one listener', async (t) => {
  const { msg } = await service.logged('Metrics are served')
  const metricsPort = Number(/port (\d+)/.exec(msg)?.[1])
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  const count = (pattern: RegExp) => Number(pattern.exec(text)?.[1])
  t.equal(
    count(/tacit_sign_in_duration_seconds_count\{operation="withNewAccount",verdict="ok"\} (\d+)/),
    PEOPLE,
  )
  t.equal(count(/tacit_limits_degraded (\d+)/), 0)
})

t.test(
  'a worker that is killed under load signs no user out, forks no session, and is replaced',
  async (t) => {
    for (let round = 1; round <= ROUNDS; round += 1) {
      const before = people.map((jar) => generationOf(database, jar))
      for (const jar of people) letTimePass(database, expire(jar))
      const asked = Array.from({ length: PEOPLE * 4 }, (_, place) =>
        browse(port, ME, people[place % PEOPLE] as Jar),
      )
      await nextTurn()
      const victim = service.pids()[round % WORKERS] as number
      process.kill(victim, 'SIGKILL')
      const answers = await Promise.allSettled(asked)
      const statuses = answers.flatMap((answer) =>
        answer.status === 'fulfilled' ? [answer.value.statusCode] : [],
      )
      t.same([...new Set(statuses)], [200], 'a client that gets an answer is served')
      t.match(await service.logged('A worker process ended', round), { worker: victim, level: 50 })
      await service.logged('Server listening at', WORKERS + round)
      const now = await Promise.all(people.map(async (jar) => (await browse(port, ME, jar)).statusCode))
      t.same([...new Set(now)], [200], 'every user is signed in')
      const after = people.map((jar) => generationOf(database, jar))
      t.same(
        after,
        before.map((generation) => generation + 1),
        'with one rotation',
      )
    }
    t.equal(service.pids().length, WORKERS)
  },
)

t.test('SIGHUP under load replaces every worker without a failed request', async (t) => {
  const old = service.pids()
  const keepsAlive = new Agent({ keepAlive: true, maxSockets: PEOPLE })
  t.teardown(() => keepsAlive.destroy())
  const statuses: Record<string, number> = {}
  let isDone = false

  async function askOnAndOn(jar: Jar, agent: Agent | false): Promise<void> {
    while (!isDone) {
      const outgoing = request({ port, agent, path: '/me', headers: { cookie: jar.header() as string } })
      outgoing.end()
      const outcome = await Promise.race([
        once(outgoing, 'response').then(([response]) => {
          response.resume()
          return once(response, 'end').then(() => String(response.statusCode))
        }),
        once(outgoing, 'error').then(([error]) => String(error)),
      ]).catch((error) => String(error))
      statuses[outcome] = (statuses[outcome] ?? 0) + 1
      // The new workers need the processor as well.
      await sleep(15)
    }
  }

  const asking = people.flatMap((jar) => [askOnAndOn(jar, keepsAlive), askOnAndOn(jar, false)])
  service.signal('SIGHUP')
  await service.logged('takes the place of an old one', WORKERS)
  isDone = true
  await Promise.all(asking)
  t.same(Object.keys(statuses), ['200'])
  t.same(
    service.pids().filter((pid) => old.includes(pid)),
    [],
  )
  t.equal(service.pids().length, WORKERS)
  t.comment(`${statuses[200]} requests meanwhile`)
})

t.test('limits are exact over all workers', async (t) => {
  const jar = new Jar()
  const login = () =>
    browse(port, { method: 'POST', url: '/auth/login' }, jar, { email: 'x@example.com', password: 'x' })
  // Everybody has registered, and the tests above have signed in five times.
  const allowed = LIMIT - PEOPLE - 5
  const answers = await Promise.all(Array.from({ length: allowed + 5 }, login))
  const statuses = answers.map(({ statusCode }) => statusCode).sort()
  t.same(statuses, [...Array(allowed).fill(401), ...Array(5).fill(429)])
})

/** Whether the port accepts a connection. */
async function accepts(): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const isAccepted = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  return isAccepted
}

t.test('SIGTERM lets the requests under way end, and ends with status 0', async (t) => {
  const [jar] = people as [Jar]
  const body = JSON.stringify({ name: 'Ada' })
  const upload = connect(port, '127.0.0.1')
  upload.write(
    `PATCH /me HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nCookie: ${jar.header()}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`,
  )
  // Another request is answered, so the service has read this one as well.
  await browse(port, REFRESH, people[1] as Jar)
  service.signal('SIGTERM')
  while (await accepts()) await sleep(10)
  const answer = once(upload, 'data')
  upload.write(body.slice(5))
  t.match(String(await answer), 'HTTP/1.1 200')
  t.equal(await service.exit, 0)
  t.same(
    service.lines.filter(({ level }) => Number(level) >= 50).length,
    ROUNDS,
    'no error but the killed ones',
  )
})

const withoutStores = needsPostgres.skip || withoutRedis()

t.test(
  'workers on PostgreSQL with Redis count together, and one that is killed is replaced',
  { skip: withoutStores },
  async (t) => {
    const [redis, DATABASE_URL] = await Promise.all([startRedis(t), temporaryPostgres(t)])
    const settings = { DATABASE_URL, REDIS_URL: redis.url, LOGIN_RATE_LIMIT_MAX: 4, RATE_LIMIT_MAX: 24 }
    const { port, ...service } = await startUnmeasuredWorkers(t, 2, settings)
    const login = () =>
      browse(port, { method: 'POST', url: '/auth/login' }, new Jar(), {
        email: 'x@example.com',
        password: 'x',
      })
    const statuses = async (ask: () => Promise<{ statusCode: number | undefined }>, count: number) => {
      const found: unknown[] = []
      for (let request = 0; request < count; request += 1) found.push((await ask()).statusCode)
      return found
    }
    const jar = await registerAt(port, 'ada@example.com')
    t.same(await statuses(login, 4), [401, 401, 401, 429])

    const [victim] = service.pids() as [number, number]
    process.kill(victim, 'SIGKILL')
    t.match(await service.logged('A worker process ended'), { worker: victim })
    await service.logged('Server listening at', 3)
    t.same(await statuses(login, 4), [429, 429, 429, 429], 'the new worker knows the count')
    const me = await statuses(() => browse(port, ME, jar.copy()), 25)
    t.same(me, [...Array(24).fill(200), 429], 'every worker serves the session, and one count is for all')

    t.match(await redis.command('CLIENT', 'LIST'), /^(?!.*evalsha.*evalsha)/s, 'over one connection')
    // Workers that do not ask Redis never learn that it is away.
    if (!t.passing()) return
    await redis.kill()
    t.same(await statuses(login, 2), [429, 429], 'the count goes on')
    const ready = () => send(port, { method: 'GET', url: '/health/ready' }, new Jar())
    await service.logged('Redis is away')
    // Workers answer in turn.
    while (!(await ready()).body.includes('degraded')) await sleep(50)
    while (!(await ready()).body.includes('degraded')) await sleep(50)
    service.signal('SIGTERM')
    t.equal(await service.exit, 0)
  },
)
