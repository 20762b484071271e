import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildHost, environment, scoped, whole } from '../support/host.ts'

const admin = { config: { auth: { role: 'admin' } } } as const
const open = async () => 'open'

const OUTSIDE = /: config.auth is declared outside the scope of Tacit, where nothing enforces it/

const outside: Record<string, (app: FastifyInstance) => unknown> = {
  async 'beside a registration with a prefix'(app) {
    await app.register(scoped, { prefix: '/account', environment })
    app.get('/reports', admin, open)
  },
  async 'before a registration that is not wrapped'(app) {
    app.get('/reports', admin, open)
    await app.register(scoped, { environment })
  },
  async 'with a misspelt guard'(app) {
    await app.register(scoped, { environment })
    app.get('/reports', { config: { auth: 'Public' as 'public' } }, open)
  },
  async 'around a plugin that registers the service for itself'(app) {
    await app.register(async (scope) => {
      await scope.register(whole, { environment })
    })
    app.get('/reports', admin, open)
  },
  async 'in a plugin beside the one that registers the service'(app) {
    app.register(async (scope) => scope.get('/reports', admin, open))
    app.register(async (scope) => scope.register(whole, { environment }))
  },
}

for (const [where, compose] of Object.entries(outside)) {
  t.test(`stops the start, and refuses requests, for a route outside the scope ${where}`, async (t) => {
    const { app, start } = await buildHost(t, compose)
    await t.rejects(start(), { message: OUTSIDE })
    const answer = await app.inject('/reports')
    t.equal(answer.statusCode, 500)
    t.notMatch(answer.body, 'open')
  })
}

t.test('admits routes outside the scope that ask for no guard, and names them in a warning', async (t) => {
  const { app, lines, start } = await buildHost(t, async (app) => {
    await app.register(scoped, { prefix: '/account', environment })
    app.get('/imprint', { config: { auth: 'public' } }, open)
    for (let page = 1; page <= 12; page += 1) app.get(`/news/${page}`, open)
  })
  await start()
  t.equal((await app.inject('/news/1')).body, 'open')
  t.equal((await app.inject('/imprint')).body, 'open')
  t.equal((await app.inject('/nothing')).statusCode, 404)
  t.equal((await app.inject('/account/me')).statusCode, 401)
  t.equal(lines.length, 1)
  t.match(JSON.parse(String(lines)), {
    level: 40,
    msg: /^Tacit does not guard these routes outside its scope: GET,HEAD \/news\/1, (GET,HEAD \/news\/\d+, ){8}GET,HEAD \/news\/\d+ and 2 more\. Register/,
  })
  t.notMatch(lines, [/imprint/])
})

t.test('guards the routes of two instances of the service in one application', async (t) => {
  const { app, lines } = await buildHost(t, (app) => {
    app.get('/news', open)
    for (const prefix of ['/a', '/b']) {
      app.register(
        async (scope) => {
          await scope.register(whole, { environment })
          scope.get('/reports', admin, open)
        },
        { prefix },
      )
    }
  })
  await app.ready()
  t.match(JSON.parse(String(lines)).msg, 'outside its scope: GET,HEAD /news. Register')
  for (const prefix of ['/a', '/b']) {
    t.equal((await app.inject(`${prefix}/reports`)).statusCode, 401)
    t.equal((await app.inject(`${prefix}/health/live`)).statusCode, 200)
  }
})

t.test('stops the start for a route outside the scopes of two instances', async (t) => {
  const { start } = await buildHost(t, (app) => {
    app.register(scoped, { prefix: '/a', environment })
    app.register(scoped, { prefix: '/b', environment })
    app.register(async (scope) => scope.get('/reports', admin, open))
  })
  await t.rejects(start(), { message: OUTSIDE })
})

t.test('stops the start of an application that registers the service twice in one scope', async (t) => {
  const twice = buildHost(t, async (app) => {
    await app.register(whole, { environment })
    await app.register(whole, { environment })
  })
  await t.rejects(twice, { code: 'FST_ERR_DEC_ALREADY_PRESENT' })
})

t.test('stops the start of an application that registers the service again within its scope', async (t) => {
  const { start } = await buildHost(t, (app) => {
    app.register(whole, { environment })
    app.register(scoped, { prefix: '/again', environment })
  })
  await t.rejects(start(), { code: 'FST_ERR_DEC_ALREADY_PRESENT' })
})
