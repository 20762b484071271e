import { writeFileSync } from 'node:fs'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import app from '../../src/app.ts'
import type { Environment } from '../../src/config/environment.ts'
import { AuthError, ConfigError, readConfig, serverOptions, tacit } from '../../src/index.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, testEnvironment } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { Jar } from '../support/jar.ts'

/** Starts the service as fastify-cli does, with no part replaced. */
async function start(t: Test, environment: object, log: (line: string) => void = () => {}) {
  const server = serverOptions(readConfig({ ...testEnvironment, LOG_LEVEL: 'info' }))
  const fastify = Fastify({ ...server, logger: { ...server.logger, stream: { write: log } } })
  t.teardown(() => fastify.close())
  await fastify.register(app, { environment: environment as Partial<Environment> })
  await fastify.ready()
  return fastify
}

t.test('stops the start for a wrong setting with a line that says what is accepted', async (t) => {
  await t.rejects(start(t, { ...testEnvironment, REGISTRATION: 'maybe' }), {
    name: 'ConfigError',
    message: 'REGISTRATION must be one of: open, closed',
  })
})

t.test('stops the start for a database that cannot be opened, with its name and the reason', async (t) => {
  const path = temporaryDatabase(t)
  writeFileSync(path, 'Dear Ada, '.repeat(1_000))
  await t.rejects(start(t, { ...testEnvironment, DATABASE_URL: `file:${path}` }), {
    name: 'ConfigError',
    message: `The database file:${path} cannot be opened: file is not a database`,
  })
})

t.test('stops the start for a development secret that cannot be stored', async (t) => {
  const path = temporaryDatabase(t)
  writeFileSync(path, '')
  const { SECRET_KEY: _none, ...environment } = testEnvironment
  await t.rejects(start(t, { ...environment, DATABASE_URL: `file:${path}/below.db` }), {
    name: 'ConfigError',
    message: /^SECRET_KEY is not set, and .*development-secret\.key cannot be written: EEXIST/,
  })
})

t.test('uses the system clock by default', async (t) => {
  const service = await start(t, testEnvironment)
  const before = Date.now()
  const payload = { email: 'ada@example.com', password: PASSWORD }
  const registered = await service.inject({ method: 'POST', url: '/auth/register', payload })
  const createdAt = Date.parse(registered.json().user.createdAt)
  t.ok(before <= createdAt && createdAt <= Date.now())
  const cookie = [registered.headers['set-cookie'] ?? []]
    .flat()
    .map((line) => line.split(';')[0])
    .join('; ')
  t.equal((await service.inject({ url: '/me', headers: { cookie } })).statusCode, 200)
})

t.test('has no account before the first registration', async (t) => {
  const { app, request } = await buildApp(t)
  t.same(await internalsOf(app).accounts.list(), [])
  for (const email of ['admin', 'root', 'admin@example.com']) {
    const payload = { email, password: 'admin' }
    t.equal((await request({ method: 'POST', url: '/auth/login', payload })).statusCode, 401, email)
  }
})

t.test('warns of each INSECURE_ setting without which it would not start', async (t) => {
  const lines: string[] = []
  const insecure = {
    NODE_ENV: 'production',
    ISSUER: 'https://auth.example.com',
    COOKIE_SECURE: 'false',
    INSECURE_COOKIES: 'true',
    SECRET_KEY: 'a'.repeat(32),
    INSECURE_SECRET_KEY: 'true',
  }
  await start(t, { ...testEnvironment, ...insecure }, (line) => lines.push(line))
  for (const name of ['INSECURE_COOKIES', 'INSECURE_SECRET_KEY']) {
    t.match(lines.join(''), `${name}=true: the service is insecure. Do not use it for real accounts.`)
  }
})

t.test('makes a temporary secret for a database in memory, and logs that it does', async (t) => {
  const lines: string[] = []
  const { SECRET_KEY: _none, ...environment } = testEnvironment
  await start(t, environment, (line) => lines.push(line))
  t.match(lines.join(''), 'SECRET_KEY is not set: one was made for this run, and sessions end with it')
})

t.test('accepts the access tokens of a process on another port', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const one = await buildApp(t, { environment: { DATABASE_URL, PORT: 3_001 } })
  const two = await buildApp(t, { environment: { DATABASE_URL, PORT: 3_002 }, clock: one.clock })
  const jar = await signUp(one)
  const response = await two.request({ url: '/me' }, jar)
  t.equal(response.statusCode, 200)
  t.equal(response.headers['set-cookie'], undefined, 'nothing was refreshed')
})

t.test('names the configured address of the service in the API document', async (t) => {
  for (const [environment, url] of [
    [{}, '/'],
    [{ ISSUER: 'https://auth.example.com' }, 'https://auth.example.com'],
  ] as const) {
    const { request } = await buildApp(t, { environment })
    t.strictSame((await request({ url: '/docs/openapi.json' })).json().servers, [{ url }])
  }
})

t.test(
  'guards the routes of a host application where they are declared, and identifies the caller',
  async (t) => {
    const environment = { ...testEnvironment, LOG_LEVEL: 'silent' }
    const app = Fastify(serverOptions(readConfig(environment)))
    t.teardown(() => app.close())
    await app.register(fp(tacit), { environment })
    app.get('/orders', async ({ principal }) => ({ of: principal.user.email }))
    app.get('/news', { config: { auth: 'public' } }, async () => ({ news: 'none' }))
    app.get('/teapot', { config: { auth: 'public' } }, async () => {
      throw new AuthError('NOT_FOUND', { message: 'There is no coffee' })
    })

    t.equal((await app.inject('/orders')).statusCode, 401)
    t.equal((await app.inject('/news')).statusCode, 200)
    t.match((await app.inject('/teapot')).json(), { code: 'NOT_FOUND', message: 'There is no coffee' })

    const jar = new Jar()
    const payload = { email: 'ada@example.com', password: PASSWORD }
    jar.take((await app.inject({ method: 'POST', url: '/auth/register', payload })).headers['set-cookie'])
    const orders = await app.inject({ url: '/orders', headers: { cookie: jar.header() ?? '' } })
    t.same(orders.json(), { of: 'ada@example.com' })
  },
)

t.test('reports wrong settings to a host application as configuration errors', async (t) => {
  t.throws(() => readConfig({ PASSWORD_MIN_LENGTH: 1 }), ConfigError)
})
