import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { AWAY as AWAY_SYMBOL, createAvailability } from '../../src/limits/availability.ts'
import { addressOf, createRedisLimits } from '../../src/limits/redis-counts.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, SECRET, signUp, type TestApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { REDIS_PASSWORD, startRedis, type TestRedis, withoutRedis } from '../support/redis.ts'
import { ME } from '../support/rotation.ts'

const skip = withoutRedis()
const LOGIN = { method: 'POST', url: '/auth/login', payload: { email: 'unknown', password: 'x' } } as const
/** A busy machine may be late. The limit itself has a test of its own. */
const PATIENT_MS = 5_000

interface Machine {
  readonly service: TestApp
  readonly lines: string[]
  /** The messages about Redis so far. */
  told(): string[]
}

/** A service with counts in this Redis. */
async function machine(
  t: Test,
  url: string,
  environment: Partial<Environment> = {},
  limitMs = PATIENT_MS,
): Promise<Machine> {
  const lines: string[] = []
  const log = {
    info: (details: object, msg: string) => void lines.push(JSON.stringify({ ...details, msg })),
    warn: (details: object, msg: string) => void lines.push(JSON.stringify({ ...details, msg })),
  }
  const hmacKey = Buffer.from(environment.SECRET_KEY ?? SECRET)
  const limits = await createRedisLimits({ url, hmacKey, log, limitMs })
  t.teardown(() => limits.close())
  const service = await buildApp(t, { environment, limits, log: (line) => lines.push(line) })
  const told = () => lines.filter((line) => line.includes('"redis"')).map((line) => JSON.parse(line).msg)
  return { service, lines, told }
}

const statuses = async ({ service }: Machine, count: number, request: object = LOGIN) => {
  const found: number[] = []
  for (let n = 0; n < count; n += 1) found.push((await service.request(request)).statusCode)
  return found
}

const isDegraded = async ({ service }: Machine): Promise<boolean> =>
  (await service.request({ url: '/health/ready' })).json().degraded ?? false

/** Waits until the machine says that Redis answers. */
async function recovered(machine: Machine): Promise<void> {
  while (await isDegraded(machine)) await sleep(20)
}

const AWAY = 'Redis is away. Rate limits are counted in the memory of this machine'
const BACK = 'Redis answers again. It counts the rate limits'

t.test('machines share every limit, and a session has one count', { skip }, async (t) => {
  const { url } = await startRedis(t)
  const environment = {
    LOGIN_RATE_LIMIT_MAX: 5,
    RATE_LIMIT_MAX: 7,
    DATABASE_URL: `file:${temporaryDatabase(t)}`,
  }
  const [one, two] = await Promise.all([machine(t, url, environment), machine(t, url, environment)])
  const ada = await signUp(one.service)
  const answers = [...(await statuses(one, 2)), ...(await statuses(two, 3))]
  t.same(answers, [401, 401, 401, 401, 429], 'signing up was counted, too')

  const me = [one, two, one, two, one, two, one, two].map(({ service }) => service)
  const found: number[] = []
  for (const service of me) found.push((await service.request(ME, ada)).statusCode)
  t.same(found, [200, 200, 200, 200, 200, 200, 200, 429])
  const refresh = await two.service.request({ method: 'POST', url: '/auth/refresh' }, ada.copy())
  t.equal(refresh.statusCode, 429, 'a refresh begins no new count')
})

t.test('gives a proved refresh back to its address', { skip }, async (t) => {
  const { url } = await startRedis(t)
  const one = await machine(t, url, { RATE_LIMIT_MAX: 3 })
  const ada = await signUp(one.service)
  const bo = await signUp(one.service, 'bo@example.com')
  for (const jar of [ada, bo, ada, bo, ada, bo]) {
    t.equal((await one.service.request(ME, jar.delete('access'))).statusCode, 200)
  }
  const forged = { ...ME, headers: { cookie: `refresh=${ada.get('refresh')?.replace(/....$/, 'AAAA')}` } }
  const requests = await statuses(one, 4, { ...forged, remoteAddress: '192.0.2.1' })
  t.same(requests, [429, 429, 429, 429], 'the session has used up its limit')
})

t.test('keys hide addresses and sessions, differ between services, and expire', { skip }, async (t) => {
  const redis = await startRedis(t)
  const one = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 1 })
  const OTHER = 'another-secret-for-tests-0123456789-abcdefghij'
  const other = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 1, SECRET_KEY: OTHER })
  const ada = await signUp(one.service)
  await one.service.request(ME, ada)
  t.same(await statuses(one, 1), [429])
  t.same(await statuses(other, 2), [401, 429], 'another service has its own counts')

  const keys = (await redis.command('KEYS', '*')).split('\r\n').filter((line) => line.startsWith('tacit'))
  t.ok(keys.length >= 5)
  const times: string[] = []
  for (const key of keys) {
    t.match(key, /^tacit:limit:[\w-]{24}$/)
    times.push(await redis.command('PTTL', key))
  }
  // -1 would be a key that never expires. A key of a short window may have expired since: -2.
  for (const time of times) t.match(time, /^:(-2|\d+)$/)
  t.ok(
    times.some((time) => /^:\d+$/.test(time)),
    'keys of longer windows are there',
  )
})

/** Every way in which Redis can be away, and how it comes back. */
const OUTAGES: Readonly<
  Record<string, readonly [begin: (redis: TestRedis) => unknown, end: (redis: TestRedis) => unknown]>
> = {
  killed: [(redis) => redis.kill(), (redis) => redis.start()],
  paused: [(redis) => redis.signal('SIGSTOP'), (redis) => redis.signal('SIGCONT')],
  full: [
    (redis) => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
    (redis) => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
  ],
  'a replica that takes no writes': [
    (redis) => redis.command('REPLICAOF', '127.0.0.1', '1'),
    (redis) => redis.command('REPLICAOF', 'NO', 'ONE'),
  ],
}

for (const [name, [begin, end]] of Object.entries(OUTAGES)) {
  t.test(`counts go on in own memory while Redis is away: ${name}`, { skip }, async (t) => {
    const redis = await startRedis(t)
    const limitMs = name === 'paused' ? 200 : PATIENT_MS
    const one = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 4 }, limitMs)
    t.same(await statuses(one, 2), [401, 401])
    t.equal(await isDegraded(one), false)
    await begin(redis)
    t.same(await statuses(one, 1), [401], 'no account is locked out')
    t.equal(await isDegraded(one), true)
    t.same(one.told(), [AWAY])
    t.same(await statuses(one, 1), [401])
    t.same(await statuses(one, 2), [429, 429], 'and the count did not begin again')
    t.equal((await one.service.request({ url: '/health/ready' })).statusCode, 200)
    await end(redis)
    await recovered(one)
    t.same(one.told(), [AWAY, BACK], 'a line for each change')
    t.same(await statuses(one, 1), [429], 'Redis learns what was counted meanwhile')
    const two = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 4 })
    t.same(await statuses(two, 1), [429], 'and tells it to other machines')
    t.notMatch(one.lines.join(''), REDIS_PASSWORD)
  })
}

t.test('a Redis that restarts empty gets its counts back', { skip }, async (t) => {
  const redis = await startRedis(t)
  const one = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 4 })
  t.same(await statuses(one, 5), [401, 401, 401, 401, 429])
  await redis.kill()
  t.same(await statuses(one, 1), [429])
  await redis.start()
  await recovered(one)
  t.same(await statuses(one, 1), [429])
  const two = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 4 })
  t.same(await statuses(two, 1), [429])
})

t.test('a request is given back only to the window that counted it', { skip }, async (t) => {
  const redis = await startRedis(t)
  const log = { info() {}, warn() {} }
  const open = async () => {
    const limits = await createRedisLimits({
      url: redis.url,
      hmacKey: Buffer.from(SECRET),
      log,
      limitMs: PATIENT_MS,
    })
    t.teardown(() => limits.close())
    return limits.counts('table', 10)
  }
  const [one, two] = await Promise.all([open(), open()])
  const now = performance.now()
  const first = await one.add('key', now)
  await redis.command('FLUSHALL')
  t.match(await two.add('key', now), { requests: 1 }, 'another window')
  one.takeBack('key', first.endsAt)
  t.match(await one.find('key', now), { requests: 1 })
  const second = await two.add('key', now)
  two.takeBack('key', second.endsAt)
  t.match(await two.find('key', now), { requests: 1 })
})

t.test('starts without Redis, and with a wrong password', { skip }, async (t) => {
  const redis = await startRedis(t)
  const wrong = await machine(t, redis.url.replace(REDIS_PASSWORD, 'wrong'), { LOGIN_RATE_LIMIT_MAX: 1 })
  t.same(wrong.told(), [AWAY])
  t.match(wrong.lines.join(''), 'WRONGPASS')
  t.notMatch(wrong.lines.join(''), ':wrong@')
  t.same(await statuses(wrong, 2), [401, 429])

  await redis.kill()
  const missing = await machine(t, redis.url, { LOGIN_RATE_LIMIT_MAX: 1 })
  t.same(missing.told(), [AWAY])
  t.match(missing.lines.join(''), 'ECONNREFUSED')
  t.same(await statuses(missing, 2), [401, 429])
})

t.test('a server that accepts and says nothing delays the start by a second and no request', async (t) => {
  const silent = createServer((socket) => socket.resume())
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => silent.close())
  const { port } = silent.address() as { port: number }
  const one = await machine(t, `redis://127.0.0.1:${port}`, { LOGIN_RATE_LIMIT_MAX: 1 })
  t.same(one.told(), [AWAY])
  t.same(await statuses(one, 2), [401, 429])
})

t.test('a registered client has one limit on all machines', { skip }, async (t) => {
  const { url } = await startRedis(t)
  const environment = { CLIENT_RATE_LIMIT_MAX: 3, DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const [one, two] = await Promise.all([machine(t, url, environment), machine(t, url, environment)])
  const { client, secret } = await internalsOf(one.service.app).clients.create('a service')
  const headers = {
    authorization: `Basic ${Buffer.from(`${client.id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  const introspect = { method: 'POST', url: '/auth/introspect', headers, payload: 'token=x' }
  const answers = [...(await statuses(one, 2, introspect)), ...(await statuses(two, 2, introspect))]
  t.same(answers, [200, 200, 200, 429])
})

t.test('says nothing of an outage after it was closed', async (t) => {
  const changes: boolean[] = []
  const availability = createAvailability({
    ...{ limitMs: 50, probeEveryMs: 10 },
    probe: () => Promise.reject(new Error('away')),
    onChange: (isUp) => void changes.push(isUp),
  })
  const asked = availability.ask(() => Promise.reject(new Error('away')))
  availability.close()
  t.equal(await asked, AWAY_SYMBOL)
  t.same(changes, [])
})

t.test('REDIS_URL is read by the service, and no log line holds its password', { skip }, async (t) => {
  const redis = await startRedis(t)
  const lines: string[] = []
  const environment = { REDIS_URL: `${redis.url}/3`, LOGIN_RATE_LIMIT_MAX: 2, METRICS_PORT: 0 }
  const { request } = await buildApp(t, { environment, log: (line) => lines.push(line) })
  for (const expected of [401, 401, 429]) t.equal((await request(LOGIN)).statusCode, expected)
  const keys = await redis.command('INFO', 'keyspace')
  t.match(keys, /db3:keys=/)
  const port = /Metrics are served at port (\d+)/.exec(lines.join(''))?.[1]
  const metrics = () => fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text())
  t.match(await metrics(), /^tacit_limits_degraded [01]$/m)
  t.notMatch(lines.join(''), REDIS_PASSWORD)
  t.equal(addressOf('rediss://ada:secret@redis.example.com:6380/2'), 'rediss://redis.example.com:6380/2')
})

t.test('skips without redis-server, unless TACIT_REQUIRE_REDIS forbids it', async (t) => {
  t.equal(withoutRedis('tacit-has-no-such-program', {}), 'not installed: tacit-has-no-such-program')
  t.throws(() => withoutRedis('tacit-has-no-such-program', { TACIT_REQUIRE_REDIS: '1' }), /not installed/)
})
