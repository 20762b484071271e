import type { FastifyInstance, preHandlerHookHandler } from 'fastify'
import t from 'tap'
import { tacit } from '../../src/index.ts'
import { buildHost, environment, scoped, whole } from '../support/host.ts'
import { matchesWhole } from '../support/lists.ts'

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
