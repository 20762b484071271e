import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { buildHost, environment, whole } from '../support/host.ts'

const admin = { config: { auth: { role: 'admin' } } } as const
const open = async () => 'open'

const EARLY = /: the route was declared before its guard could be compiled: await the registration of Tacit/

const early: Record<string, (app: FastifyInstance) => unknown> = {
  'on the line after a registration that is not awaited'(app) {
    app.register(whole, { environment })
    app.get('/reports', admin, open)
  },
  'with a misspelt guard after a registration that is not awaited'(app) {
    app.register(whole, { environment })
    app.get('/reports', { config: { auth: { role: 'admn' } } }, open)
  },
  'without a guard after a registration that is not awaited'(app) {
    app.register(whole, { environment })
    app.get('/reports', open)
  },
  async 'before the registration'(app) {
    app.get('/reports', admin, open)
    await app.register(whole, { environment })
  },
  'in a plugin that is registered earlier'(app) {
    app.register(async (scope) => scope.get('/reports', admin, open))
    app.register(whole, { environment })
  },
  async 'before the registration in the same plugin'(app) {
    await app.register(async (scope) => {
      scope.get('/reports', admin, open)
      await scope.register(whole, { environment })
    })
  },
}

for (const [where, compose] of Object.entries(early)) {
  t.test(`stops the start, and refuses requests, for a route declared ${where}`, async (t) => {
    const { app, lines, start } = await buildHost(t, compose)
    await t.rejects(start(), { message: /^GET,HEAD \/reports: [^\n]+$/ })
    await t.rejects(start(), { message: EARLY })
    const answer = await app.inject('/reports')
    t.equal(answer.statusCode, 500)
    t.notMatch(answer.body, 'open')
    const [line] = lines.filter((line) => line.includes('the guard of this route is not enforced'))
    t.match(JSON.parse(String(line)), { level: 50, method: 'GET', route: '/reports' })
  })
}

t.test('names every route that stops the start, with all its methods', async (t) => {
  const { app } = await buildHost(t, async (app) => {
    app.get('/a', admin, open)
    app.route({ method: ['POST', 'PUT'], url: '/b/:id', handler: open })
    app.register(async (scope) => scope.get('/', open), { prefix: '/c' })
    await app.register(whole, { environment })
  })
  const error = await app.ready().then(
    () => new Error('started'),
    (error: Error) => error,
  )
  const names = error.message.split('\n').map((line) => line.replace(/: .*/, ''))
  t.strictSame(names, ['GET,HEAD /a', 'POST,PUT /b/:id', 'GET,HEAD /c', 'HEAD /c/'])
})

const compiled: Record<string, (app: FastifyInstance) => unknown> = {
  async 'after a registration that is awaited'(app) {
    await app.register(whole, { environment })
    app.get('/reports', admin, open)
  },
  'in after()'(app) {
    app.register(whole, { environment }).after(() => {
      app.get('/reports', admin, open)
    })
  },
  'in a plugin that is registered later'(app) {
    app.register(whole, { environment })
    app.register(async (scope) => scope.get('/reports', admin, open))
  },
  'in a scope with a default guard'(app) {
    app.register(whole, { environment })
    app.register(async (scope) => {
      scope.decorate('defaultGuard', { role: 'admin' })
      scope.get('/reports', open)
    })
  },
  'in the plugin that registers the service for itself'(app) {
    app.register(async (scope) => {
      await scope.register(whole, { environment })
      scope.get('/reports', admin, open)
    })
  },
}

for (const [where, compose] of Object.entries(compiled)) {
  t.test(`enforces the guard of a route declared ${where}, for GET and for HEAD`, async (t) => {
    const { app, lines } = await buildHost(t, compose)
    await app.ready()
    t.equal((await app.inject('/reports')).statusCode, 401)
    t.equal((await app.inject({ method: 'HEAD', url: '/reports' })).statusCode, 401)
    t.equal((await app.inject('/nothing')).statusCode, 404)
    t.strictSame(lines, [])
  })
}

t.test('does not take the guard of another application for its own', async (t) => {
  const shared = { config: { auth: { role: 'admin' } } } as const
  const guarded = await buildHost(t, async (app) => {
    await app.register(whole, { environment })
    app.get('/reports', shared, open)
  })
  await guarded.app.ready()
  const { start } = await buildHost(t, async (app) => {
    app.get('/reports', shared, open)
    await app.register(whole, { environment })
  })
  await t.rejects(start(), { message: EARLY })
})
