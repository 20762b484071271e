import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { readConfig } from '../../src/config/config.ts'
import type { Environment } from '../../src/config/environment.ts'
import { measured } from '../../src/metrics/latency.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, testEnvironment } from '../support/app.ts'
import { movableClock } from '../support/clock.ts'
import { LOGOUT, ME, REFRESH, SETTLE } from '../support/rotation.ts'
import { forget } from '../support/rows.ts'
import { bearer } from '../support/tokens.ts'

/** The service, and the answer of its metrics listener over HTTP. */
async function build(t: Test, environment: Partial<Environment> = {}) {
  const lines: string[] = []
  const service = await buildApp(t, {
    environment: { METRICS_PORT: 0, ...environment },
    log: (line) => lines.push(line),
  })
  return { service, ...metricsOf(lines) }
}

/** The answer of the listener whose port is in the log. */
function metricsOf(lines: readonly string[]) {
  const line = lines.find((each) => each.includes('Metrics are served')) as string
  const [, port] = /at port (\d+) of 127\.0\.0\.1/.exec(JSON.parse(line).msg) ?? []
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    /** The counts of a histogram that are not zero, by `operation verdict`. */
    async counts(name: string): Promise<Record<string, number>> {
      const text = await (await fetch(`${url}/metrics`)).text()
      const pattern = new RegExp(
        `^tacit_${name}_duration_seconds_count\\{operation="(\\w+)",verdict="(\\w+)"\\} (\\d+)$`,
        'gm',
      )
      return Object.fromEntries(
        [...text.matchAll(pattern)].map(([, operation, verdict, count]) => [
          `${operation} ${verdict}`,
          Number(count),
        ]),
      )
    },
  }
}

t.test('counts authentications, refreshes, sign-ins and the work of the store by verdict', async (t) => {
  const { service, counts } = await build(t)
  const { request } = service
  const ada = await signUp(service)
  await request(ME, ada)
  await request(ME)
  await request({ ...ME, headers: bearer('a.b.c') })
  service.clock.advance(SETTLE)
  await request(ME, ada.delete('access'))
  await request({ ...REFRESH, headers: { cookie: 'refresh=nonsense' } })
  await forget(service, ada)
  await request(ME, ada)
  const login = { method: 'POST', url: '/auth/login' } as const
  await request({ ...login, payload: { email: 'ada@example.com', password: 'a wrong guess' } })
  await request({ ...login, payload: { email: 'ada@example.com', password: PASSWORD } })

  t.same(await counts('authentication'), {
    'remembered ok': 1,
    'refused TOKEN_MISSING': 1,
    'refused TOKEN_INVALID': 1,
    'refreshed ok': 1,
    'verified ok': 1,
  })
  t.same(await counts('refresh'), { 'refresh ok': 1, 'refresh TOKEN_INVALID': 1 })
  t.same(await counts('sign_in'), {
    'withNewAccount ok': 1,
    'withPassword LOGIN_FAILED': 1,
    'withPassword ok': 1,
  })
  t.match(await counts('store'), { 'createSession ok': 2, 'rotateSession ok': 1, 'createUser ok': 1 })

  await internalsOf(service.app).store.close()
  t.equal((await request({ ...ME, headers: { cookie: ada.delete('access').header() } })).statusCode, 503)
  t.match(await counts('authentication'), { 'refused STORE_UNAVAILABLE': 1 })
  t.match(await counts('refresh'), { 'refresh STORE_UNAVAILABLE': 1 })
})

t.test('counts one authentication where a route has the hook twice', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, {
    environment: { METRICS_PORT: 0 },
    log: (line) => lines.push(line),
    routes(app) {
      app.get('/twice', { preHandler: app.tacit.authenticate }, async () => 'done')
    },
  })
  const ada = await signUp(service)
  t.equal((await service.request({ url: '/twice' }, ada)).statusCode, 200)
  const { counts } = metricsOf(lines)
  t.same(await counts('authentication'), { 'remembered ok': 1 })
})

t.test('measures from 0.1 ms to 10 s', async (t) => {
  const clock = movableClock()
  const metrics = createMetrics()
  const wait = async (seconds: number) => clock.advance(seconds)
  const fail = async () => {
    throw new Error('not foreseen')
  }
  const work = measured({ wait, fail, other: wait }, ['wait', 'fail'], clock, metrics.store)
  await work.wait(0.00005)
  await work.wait(0.3)
  await work.wait(20)
  await work.other(1)
  await t.rejects(work.fail(), { message: 'not foreseen' })
  const text = await metrics.render()
  const bucket = (le: string) =>
    Number(
      new RegExp(`_bucket\\{le="${le.replace('+', '\\+')}",operation="wait",verdict="ok"\\} (\\d+)`).exec(
        text,
      )?.[1],
    )
  t.same(['0.0001', '0.25', '0.5', '10', '+Inf'].map(bucket), [1, 1, 2, 2, 3])
  t.match(text, 'tacit_store_duration_seconds_count{operation="fail",verdict="INTERNAL"} 1')
  t.notMatch(text, 'operation="other"')
})

t.test('answers GET /metrics and nothing else', async (t) => {
  const { service, url } = await build(t)
  const found = await fetch(`${url}/metrics`)
  t.equal(found.status, 200)
  t.match(found.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  t.equal(found.headers.get('cache-control'), 'no-store')
  t.equal(found.headers.get('access-control-allow-origin'), null)
  for (const [method, path] of [
    ['POST', '/metrics'],
    ['HEAD', '/metrics'],
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['GET', '/metrics?all'],
    ['GET', '/me'],
    ['GET', '/health/live'],
  ] as const) {
    t.equal((await fetch(url + path, { method })).status, 404, `${method} ${path}`)
  }
  t.equal((await service.request({ url: '/metrics' })).statusCode, 404, 'nor does the service')
})

t.test('exposes no label about a person, a session or a request', async (t) => {
  const { service, url } = await build(t)
  const ada = await signUp(service)
  const tokens = [...ada.cookies.values()]
  const { session, user } = (await service.request(ME, ada)).json()
  await service.request({
    url: '/users/a-path-of-its-own',
    headers: { authorization: 'Bearer made-up-token' },
  })
  await service.request(LOGOUT, ada)
  const text = await (await fetch(`${url}/metrics`)).text()
  for (const secret of [...tokens, session.id, user.id, user.email, 'a-path-of-its-own', 'made-up-token']) {
    t.notMatch(text, secret)
  }
  const labels = new Set([...text.matchAll(/(\w+)="/g)].map(([, label]) => label))
  t.same(labels, new Set(['operation', 'verdict', 'le']))
})

t.test('shows how much mail waits and was given up, if the service sends mail', async (t) => {
  const without = await build(t)
  t.notMatch(await (await fetch(`${without.url}/metrics`)).text(), 'tacit_mail')
  const { service, url } = await build(t, { MAIL_URL: 'log:' })
  const { accounts } = internalsOf(service.app)
  const { id } = await accounts.create({ email: 'ada@example.com', password: PASSWORD })
  await accounts.changeAccess(id, { disabled: true })
  const text = await (await fetch(`${url}/metrics`)).text()
  t.match(text, /^tacit_mail\{state="waiting"\} 1$/m)
  t.match(text, /^tacit_mail\{state="given-up"\} 0$/m)
  await internalsOf(service.app).store.close()
  const during = await fetch(`${url}/metrics`)
  t.equal(during.status, 200, 'an outage of the database hides the numbers, not the metrics')
  t.notMatch(await during.text(), /^tacit_mail\{/m)
})

t.test('closes its port with the service', async (t) => {
  const { service, url } = await build(t)
  t.equal((await fetch(`${url}/metrics`)).status, 200)
  await service.app.close()
  await t.rejects(fetch(`${url}/metrics`))
})

t.test('stops the start where the port cannot be listened on', async (t) => {
  const other = createServer().listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  await t.rejects(buildApp(t, { environment: { METRICS_PORT: port } }), {
    name: 'ConfigError',
    message: `METRICS_PORT: the service cannot listen on port ${port} of 127.0.0.1: another program uses it. Set METRICS_PORT and METRICS_ADDRESS to a free port of this machine`,
  })
  await t.rejects(buildApp(t, { environment: { METRICS_PORT: port, METRICS_ADDRESS: '192.0.2.1' } }), {
    name: 'ConfigError',
    message: /^METRICS_PORT: the service cannot listen on port \d+ of 192\.0\.2\.1: listen EADDRNOTAVAIL/,
  })
})

t.test('listens on a port of its own', async (t) => {
  const environment = { ...testEnvironment, PORT: 3000 }
  t.throws(() => readConfig({ ...environment, METRICS_PORT: 3000 }), {
    name: 'ConfigError',
    message: 'METRICS_PORT must not be the same as PORT. Choose another port',
  })
  t.throws(() => readConfig({ ...environment, METRICS_PORT: 65_536 }), {
    name: 'ConfigError',
    message: 'METRICS_PORT must be a whole number from 0 to 65535, other than PORT',
  })
  t.match(readConfig({ ...environment, METRICS_PORT: 9464 }), {
    metricsPort: 9464,
    metricsAddress: '127.0.0.1',
  })
})

t.test('measures nothing while METRICS_PORT is not set', async (t) => {
  const { app } = await buildApp(t)
  const { store, authenticate, measure, measureAuthentication } = internalsOf(app)
  t.equal(measure('store', store, ['findUser']), store)
  t.equal(measureAuthentication(authenticate), authenticate)
})
