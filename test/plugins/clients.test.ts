import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { tacit } from '../../src/tacit.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { stateOf } from '../../src/wiring/request-state.ts'
import { administrator, person } from '../support/administration.ts'
import { buildApp, type TestApp, type TestAppOptions, testEnvironment } from '../support/app.ts'
import { basic, type ClientCredentials, registerClient } from '../support/clients.ts'
import { isRefusal, unproved } from '../support/refusals.ts'
import { bearer } from '../support/tokens.ts'

const INVALID = unproved('CLIENT_INVALID')

const build = (t: Test, options: TestAppOptions = {}): Promise<TestApp> =>
  buildApp(t, {
    ...options,
    routes(app) {
      const name = async (request: object) => stateOf(request).oauthClient?.name ?? 'a user'
      app.get('/feed', { config: { auth: { client: true } } }, name)
      app.post('/feed', { config: { auth: { client: true } } }, name)
      app.get('/either', { config: { auth: { client: true, or: { role: 'admin' } } } }, name)
      app.post('/either', { config: { auth: { client: true, or: { role: 'admin' } } } }, name)
      app.get('/all', { config: { auth: { client: true, or: 'signed-in' } } }, name)
    },
  })

const eventsOf = async ({ app }: TestApp) => (await internalsOf(app).events.list({ limit: 50 })).entries

t.test('admits a registered client by HTTP Basic, and gives it no principal', async (t) => {
  const service = await build(t)
  const { headers } = await registerClient(service, '  movies  ')
  for (const method of ['GET', 'POST'] as const) {
    const answer = await service.request({
      method,
      url: '/feed',
      headers,
      ...(method === 'POST' && { payload: {} }),
    })
    t.equal(answer.body, 'movies')
    t.equal(answer.headers['set-cookie'], undefined)
  }
  isRefusal(t, await service.request({ url: '/me', headers }), unproved('TOKEN_MISSING'))
})

const wrongCredentials = ({ id, secret }: ClientCredentials): Record<string, string> => {
  const raw = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
  return {
    'a wrong secret': basic(id, `${secret}x`).authorization,
    'a secret without its last character': basic(id, secret.slice(0, -1)).authorization,
    'an empty secret': basic(id, '').authorization,
    'the hash of the secret': basic(id, Buffer.alloc(32).toString('base64url')).authorization,
    'an unknown id': basic('019bc186-de00-738c-b587-e5f65ab95d6c', secret).authorization,
    'an id that is no UUID': basic('movies', secret).authorization,
    'the id in upper case': basic(id.toUpperCase(), secret).authorization,
    'no colon': raw(id),
    'an id and a secret with broken escapes': raw(`${id}:%E0%A4%A`),
    'an id with broken escapes': raw(`%zz:${secret}`),
    'no credentials': 'Basic',
    'what is no base64': `Basic ${id}:${secret}`,
    'two credentials': `${basic(id, secret).authorization} ${raw('a:b')}`,
  }
}

t.test('refuses wrong credentials, all with the same answer', async (t) => {
  const service = await build(t)
  const client = await registerClient(service)
  const bodies = new Set<string>()
  for (const [title, authorization] of Object.entries(wrongCredentials(client))) {
    const answer = await service.request({ url: '/feed', headers: { authorization } })
    isRefusal(t, answer, INVALID, title)
    bodies.add(answer.body)
  }
  t.equal(bodies.size, 1)
  t.equal((await service.request({ url: '/feed', headers: client.headers })).statusCode, 200)
})

t.test('reads credentials in each form of the standard', async (t) => {
  const service = await build(t)
  const { id, secret } = await registerClient(service)
  const raw = (text: string) => Buffer.from(text).toString('base64')
  const percent = [...secret].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
  for (const authorization of [
    `basic ${raw(`${id}:${secret}`)}`,
    `BASIC   ${raw(`${id}:${secret}`)}  `,
    `Basic ${raw(`${id.replaceAll('-', '%2D')}:${percent}`)}`,
  ]) {
    t.equal(
      (await service.request({ url: '/feed', headers: { authorization } })).statusCode,
      200,
      authorization,
    )
  }
  const plus = await service.request({
    url: '/feed',
    headers: { authorization: `Basic ${raw(`${id}:${secret}+`)}` },
  })
  t.equal(plus.statusCode, 401, 'a plus is a space')
})

t.test('asks for credentials of a client where only clients are let in', async (t) => {
  const service = await build(t)
  const root = await administrator(service)
  const token = root.jar.get('access') as string
  for (const answer of [
    await service.request({ url: '/feed' }),
    await service.request({ url: '/feed' }, root.jar),
    await service.request({ url: '/feed', headers: bearer(token) }),
    await service.request({ method: 'POST', url: '/feed', payload: { a: 1 } }, root.jar),
  ]) {
    isRefusal(t, answer, INVALID)
  }
})

t.test('lets users in as well where the guard says so, by its rule', async (t) => {
  const service = await build(t)
  const { headers } = await registerClient(service)
  const root = await administrator(service)
  const ada = await person(service, 'ada')
  t.equal((await service.request({ url: '/either', headers })).body, 'movies')
  t.equal((await service.request({ url: '/either' }, root.jar)).body, 'a user')
  t.equal((await service.request({ method: 'POST', url: '/either', payload: {} }, root.jar)).body, 'a user')
  t.equal((await service.request({ url: '/either' }, ada.jar)).statusCode, 403)
  t.equal((await service.request({ url: '/all' }, ada.jar)).body, 'a user')
  const asClient = await service.request({ url: '/either', headers }, ada.jar)
  t.equal(asClient.body, 'movies', 'the header decides before the cookies')
  const wrong = { authorization: `${headers.authorization}x` }
  isRefusal(t, await service.request({ url: '/either', headers: wrong }, root.jar), INVALID)
  isRefusal(t, await service.request({ url: '/either' }), INVALID)
  const invalid = await service.request({ url: '/either', headers: bearer('nonsense') })
  t.equal(invalid.json().code, 'TOKEN_INVALID')
  t.match(invalid.headers['www-authenticate'], /^Bearer /)
})

t.test('refuses a client at its next request after it was deleted', async (t) => {
  const service = await build(t)
  const { id, headers } = await registerClient(service)
  const { clients } = internalsOf(service.app)
  t.match(await clients.get(id), { id, name: 'movies' })
  t.equal((await service.request({ url: '/feed', headers })).statusCode, 200)
  await clients.delete(id)
  isRefusal(t, await service.request({ url: '/feed', headers }), INVALID)
  await t.rejects(clients.get(id), { code: 'NOT_FOUND' })
  await t.rejects(clients.delete(id), { code: 'NOT_FOUND' })
  await t.rejects(clients.delete('movies'), { code: 'NOT_FOUND' })
  t.strictSame(
    (await eventsOf(service))
      .map(({ type, reason }) => [type, reason])
      .filter(([type]) => type !== 'client-refused'),
    [
      ['client-deleted', `${id} movies`],
      ['client-created', `${id} movies`],
    ],
  )
})

t.test('refuses a name that is empty, too long or has control characters', async (t) => {
  const { clients } = internalsOf((await build(t)).app)
  for (const name of ['', '   ', 'x'.repeat(101), 'a\nb', 'a\u0000'])
    await t.rejects(clients.create(name), { code: 'INVALID_REQUEST' })
  t.strictSame(await clients.list(), [])
  await clients.create('x'.repeat(100))
  t.equal((await clients.list()).length, 1)
})

t.test('counts wrong secrets by the strict limit, and still accepts the right one', async (t) => {
  const service = await build(t, { environment: { LOGIN_RATE_LIMIT_MAX: 3 } })
  const { id, headers } = await registerClient(service)
  const guess = () => service.request({ url: '/feed', headers: basic(id, 'guess') })
  for (let count = 0; count < 3; count += 1) isRefusal(t, await guess(), INVALID)
  const limited = await guess()
  t.equal(limited.statusCode, 429)
  t.match(limited.json().message, /LOGIN_RATE_LIMIT_MAX allows 3 per minute/)
  t.ok(Number(limited.headers['retry-after']) > 0)
  t.equal((await service.request({ url: '/feed', headers })).statusCode, 200)
  const login = await service.request({
    method: 'POST',
    url: '/auth/login',
    payload: { email: 'a@b.c', password: 'x' },
  })
  t.equal(login.statusCode, 429, 'the limit is the one of sign-ins')
  t.equal((await service.request({ url: '/feed' })).statusCode, 401, 'a missing header is no guess')
})

t.test('counts each authenticated client alone, and not for its address', async (t) => {
  const service = await build(t, { environment: { CLIENT_RATE_LIMIT_MAX: 2, RATE_LIMIT_MAX: 1 } })
  const [movies, books] = [await registerClient(service, 'movies'), await registerClient(service, 'books')]
  const statusOf = async ({ headers }: ClientCredentials) =>
    (await service.request({ url: '/feed', headers })).statusCode
  t.strictSame([await statusOf(movies), await statusOf(movies)], [200, 200])
  const limited = await service.request({ url: '/feed', headers: movies.headers })
  t.equal(limited.statusCode, 429)
  t.match(limited.json().message, /CLIENT_RATE_LIMIT_MAX allows 2 per minute/)
  t.equal(limited.headers['retry-after'], '60')
  t.equal(await statusOf(books), 200)
  t.equal((await service.request({ url: '/feed' })).statusCode, 401)
  t.equal(
    (await service.request({ url: '/feed' })).statusCode,
    429,
    'without credentials, the address counts',
  )
  service.clock.advance(61)
  t.equal(await statusOf(movies), 200)
})

t.test('records refused clients as a bounded event without credentials', async (t) => {
  const lines: string[] = []
  const service = await build(t, { log: (line) => lines.push(line) })
  const { id, secret, headers } = await registerClient(service)
  for (let count = 0; count < 30; count += 1)
    await service.request({ url: '/feed', headers: basic(id, `guess-${count}`) })
  await service.request({ url: '/feed', headers: { authorization: `${headers.authorization}x` } })
  await service.request({ url: '/feed', headers })
  const refused = (await eventsOf(service)).filter(({ type }) => type === 'client-refused')
  t.equal(refused.length, 1)
  t.match(refused[0], { ip: '127.0.0.1', reason: 'GET /feed' })

  const { authorization } = headers
  const written = lines.join('') + JSON.stringify(await eventsOf(service))
  t.ok(written.includes('client-refused'))
  for (const text of [secret, authorization, authorization.slice(6), 'guess-'])
    t.notOk(written.includes(text))
})

t.test('answers 503 while the database is gone, and logs no credentials', async (t) => {
  const lines: string[] = []
  const service = await build(t, { log: (line) => lines.push(line) })
  const { secret, headers } = await registerClient(service)
  await internalsOf(service.app).store.close()
  const answer = await service.request({ url: '/feed', headers })
  t.equal(answer.statusCode, 503)
  t.equal(answer.json().code, 'STORE_UNAVAILABLE')
  t.notOk(lines.join('').includes(secret))
  t.notOk(lines.join('').includes(headers.authorization))
})

t.test('refuses a foreign page before it authenticates a client', async (t) => {
  const service = await build(t, { environment: { LOGIN_RATE_LIMIT_MAX: 1 } })
  const { id } = await registerClient(service)
  const headers = { ...basic(id, 'guess'), 'sec-fetch-site': 'cross-site' }
  for (let count = 0; count < 3; count += 1) {
    const answer = await service.request({ method: 'POST', url: '/feed', headers, payload: {} })
    t.equal(answer.json().code, 'CROSS_ORIGIN_REFUSED')
  }
})

t.test('authenticates a client before the body is read', async (t) => {
  const service = await build(t)
  const { headers } = await registerClient(service)
  const payload = '{"half": '
  const type = { 'content-type': 'application/json' }
  const send = (more: object) =>
    service.request({ method: 'POST', url: '/feed', headers: { ...type, ...more }, payload })
  isRefusal(t, await send({}), INVALID)
  t.equal((await send(headers)).json().code, 'INVALID_REQUEST')
})

t.test('sets the challenge also in an application that answers its errors itself', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  app.setErrorHandler((error: { statusCode: number }, _request, reply) =>
    reply.code(error.statusCode).send('ours'),
  )
  await app.register(tacit, { environment: testEnvironment })
  app.get('/feed', { config: { auth: { client: true } } }, async () => 'feed')
  const refused = await app.inject({ url: '/feed' })
  t.strictSame([refused.statusCode, refused.body], [401, 'ours'])
  t.match(refused.headers['www-authenticate'], /^Basic /)
  const { headers } = await registerClient({ app })
  t.equal((await app.inject({ url: '/feed', headers })).body, 'feed')
})
