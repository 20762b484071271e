import type { FastifyInstance, preHandlerHookHandler } from 'fastify'
import t from 'tap'
import { tacit } from '../../src/index.ts'
import { buildHost, environment, whole } from '../support/host.ts'
import { matchesWhole } from '../support/lists.ts'

const admin = { config: { auth: { role: 'admin' } } } as const
const open = async () => 'open'

const pass: preHandlerHookHandler = (_request, _reply, done) => done()

const changed: Record<string, readonly [RegExp, (app: FastifyInstance) => unknown]> = {
  'changes config.auth': [
    /^GET \/reports: config.auth was changed after the guard was compiled$/,
    (app) =>
      app.addHook('onRoute', (route) => {
        if (route.method === 'GET') route.config = { ...route.config, auth: 'public' }
      }),
  ],
  'replaces its preHandler': [
    /^GET \/reports: a plugin replaced the preHandler hooks of the route, and the guard with them$/,
    (app) =>
      app.addHook('onRoute', (route) => {
        if (route.method === 'GET') route.preHandler = pass
      }),
  ],
  'removes its preHandler': [
    /^HEAD \/reports: a plugin replaced the preHandler hooks/,
    (app) =>
      app.addHook('onRoute', (route) => {
        if (route.method === 'HEAD') Reflect.deleteProperty(route, 'preHandler')
      }),
  ],
}

for (const [what, [message, change]] of Object.entries(changed)) {
  t.test(`stops the start when a plugin ${what} after the guard of a route was compiled`, async (t) => {
    const { start } = await buildHost(t, async (app) => {
      await app.register(whole, { environment })
      change(app)
      app.get('/reports', admin, open)
    })
    await t.rejects(start(), { message })
  })
}

t.test('admits a route whose preHandler hooks were added to', async (t) => {
  const { app } = await buildHost(t, async (app) => {
    await app.register(whole, { environment })
    app.addHook('onRoute', (route) => {
      route.preHandler = [...[route.preHandler ?? []].flat(), pass]
    })
    app.get('/reports', admin, open)
  })
  t.equal((await app.inject('/reports')).statusCode, 401)
})

t.test('stops the start when the defaultGuard of a scope comes after one of its routes', async (t) => {
  const { start } = await buildHost(t, async (app) => {
    await app.register(whole, { environment })
    app.register(async (scope) => {
      scope.get('/reports', open)
      scope.get('/news', { config: { auth: 'public' } }, open)
      scope.decorate('defaultGuard', { role: 'admin' })
    })
  })
  await t.rejects(start(), {
    message: /^GET,HEAD \/reports: the route was declared before the defaultGuard of its scope/,
  })
})

t.test('refuses what is not found when its handler asks for a guard', async (t) => {
  const { app, lines } = await buildHost(t, async (app) => {
    await app.register(whole, { prefix: '/account', environment })
    app.setNotFoundHandler({ config: { auth: 'signed-in' } } as object, async () => 'open')
  })
  t.equal((await app.inject('/nothing')).statusCode, 500)
  t.equal((await app.inject('/account/nothing')).statusCode, 404)
  matchesWhole(t, lines, [/the guard of this route is not enforced/])
})

t.test('guards the OPTIONS route that answers preflights', async (t) => {
  const { app } = await buildHost(t, async (app) => {
    const TRUSTED_ORIGINS = 'https://app.example.com'
    await app.register(tacit, { wholeApplication: true, environment: { ...environment, TRUSTED_ORIGINS } })
  })
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/me',
      headers: { origin, 'access-control-request-method': 'PATCH' },
    })
  t.equal((await preflight('https://app.example.com')).statusCode, 204)
  t.equal((await preflight('https://evil.example')).headers['access-control-allow-origin'], undefined)
})

t.test('stops the start when the routes cannot be listed', async (t) => {
  const { start } = await buildHost(t, async (app) => {
    app.printRoutes = () => ''
    await app.register(whole, { environment })
  })
  await t.rejects(start(), { message: 'The routes cannot be listed, so their guards cannot be checked' })
})
