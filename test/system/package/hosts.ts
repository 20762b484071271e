/**
 * Applications that use the plugin beside another plugin that could conflict with it. It imports
 * nothing of this repository: it runs against the sources and against an installed package.
 */
import assert from 'node:assert/strict'
import cookie from '@fastify/cookie'
import cors from '@fastify/cors'
import env from '@fastify/env'
import formbody from '@fastify/formbody'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'

// The types of the plugin come from where it is imported, which the caller decides.
// biome-ignore lint/suspicious/noExplicitAny: see above.
type Any = any

export interface Host {
  /** The application's own part. It is called before or after the plugin is registered. */
  install(app: Any): unknown
  /** Routes of the application, after both. */
  routes?(app: Any): void
  /** The application's own behaviour, which must not change. */
  check(app: Any): Promise<void>
}

const open = { config: { auth: 'public' } }
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

export const hosts: Readonly<Record<string, Host>> = {
  '@fastify/env': {
    install: (app) =>
      app.register(env, { schema: { type: 'object', properties: { GREETING: { default: 'hello' } } } }),
    async check(app) {
      assert.equal(app.config.GREETING, 'hello')
      assert.equal(app.getEnvs().GREETING, 'hello')
    },
  },
  '@fastify/cookie': {
    install: (app) => app.register(cookie, { secret: 'of the application' }),
    routes(app) {
      app.get('/own', open, async (request: Any, reply: Any) => {
        reply.setCookie('theme', 'dark', { signed: true })
        return request.cookies
      })
      app.get('/both', async (_request: Any, reply: Any) => reply.setCookie('theme', 'dark').send('both'))
    },
    async check(app) {
      const answer = await app.inject({ url: '/own', headers: { cookie: 'color=red' } })
      assert.deepEqual(answer.json(), { color: 'red' })
      assert.match(String(answer.headers['set-cookie']), /^theme=dark\./)
    },
  },
  '@fastify/swagger': {
    install: (app) => app.register(swagger, { openapi: { info: { title: 'Orders', version: '1' } } }),
    routes: (app) => app.get('/own', open, async () => 'own'),
    async check(app) {
      const document = app.swagger()
      assert.equal(document.info.title, 'Orders')
      assert.ok(document.paths['/own'])
      assert.equal(JSON.stringify(document).includes('x-contract'), false)
    },
  },
  '@fastify/rate-limit': {
    install: (app) => app.register(rateLimit, { global: false, max: 1 }),
    routes(app) {
      app.get('/own', { ...open, config: { auth: 'public', rateLimit: { max: 1 } } }, async () => 'own')
    },
    async check(app) {
      assert.equal((await app.inject('/own')).headers['x-ratelimit-limit'], '1')
      const refused = await app.inject('/own')
      assert.equal(refused.statusCode, 429)
      assert.equal(refused.json().code, undefined, 'it is the answer of the application')
    },
  },
  '@fastify/formbody': {
    install: (app) => app.register(formbody),
    routes: (app) => app.post('/own', open, async ({ body }: Any) => body),
    async check(app) {
      const answer = await app.inject({ method: 'POST', url: '/own', headers: FORM, payload: 'a=1' })
      assert.deepEqual(answer.json(), { a: '1' })
    },
  },
  '@fastify/helmet': {
    install: (app) =>
      app.register(helmet, { contentSecurityPolicy: false, referrerPolicy: { policy: 'origin' } }),
    routes: (app) => app.get('/own', open, async () => 'own'),
    async check(app) {
      const { headers } = await app.inject('/own')
      assert.equal(headers['referrer-policy'], 'origin')
      assert.equal(headers['content-security-policy'], undefined)
    },
  },
  '@fastify/cors': {
    install: (app) => app.register(cors, { origin: true, credentials: true }),
    routes: (app) => app.get('/own', open, async () => 'own'),
    async check(app) {
      const origin = 'https://anywhere.example'
      const preflight = { origin, 'access-control-request-method': 'POST' }
      assert.equal((await app.inject({ method: 'OPTIONS', url: '/own', headers: preflight })).statusCode, 204)
      const own = await app.inject({ url: '/own', headers: { origin } })
      assert.equal(own.headers['access-control-allow-origin'], origin)
      const health = await app.inject({ url: '/health/live', headers: { origin } })
      assert.equal(health.headers['access-control-allow-origin'], undefined)
      assert.equal(health.headers['access-control-allow-credentials'], undefined)
    },
  },
  'decorators with everyday names': {
    install(app) {
      for (const name of ['store', 'config', 'keys', 'clock', 'events', 'sessions', 'authenticate', 'jwt'])
        app.decorate(name, `the ${name} of the application`)
      for (const name of ['client', 'user', 'arrivedAt', 'actor']) app.decorateRequest(name, 'own')
    },
    routes: (app) => app.get('/own', open, async ({ client }: Any) => client),
    async check(app) {
      assert.equal(app.store, 'the store of the application')
      assert.equal((await app.inject('/own')).body, 'own')
    },
  },
  'an error handler': {
    install(app) {
      app.setErrorHandler((error: Any, _request: unknown, reply: Any) =>
        reply.code(error.statusCode ?? 500).send({ own: error.message }),
      )
    },
    routes(app) {
      app.get('/own', open, async () => {
        throw new Error('broken')
      })
    },
    async check(app) {
      const broken = await app.inject('/own')
      assert.deepEqual([broken.statusCode, broken.json()], [500, { own: 'broken' }])
      const refused = await app.inject('/guarded')
      assert.deepEqual(refused.json(), { own: 'Could not validate credentials' })
    },
  },
  'a handler of what is not found': {
    install: (app) =>
      app.setNotFoundHandler((_request: unknown, reply: Any) => reply.code(404).send('own nothing')),
    async check(app) {
      assert.equal((await app.inject('/nothing')).body, 'own nothing')
    },
  },
  'parsers of JSON and of another type': {
    install(app) {
      app.removeContentTypeParser('application/json')
      for (const type of ['application/json', 'text/csv']) {
        app.addContentTypeParser(type, { parseAs: 'string' }, async (_request: unknown, body: string) => ({
          own: body,
        }))
      }
    },
    routes: (app) => app.post('/own', open, async ({ body }: Any) => body),
    async check(app) {
      const csv = { 'content-type': 'text/csv' }
      const sent = { method: 'POST', url: '/own', headers: csv, payload: 'a,b' }
      assert.deepEqual((await app.inject(sent)).json(), { own: 'a,b' })
      assert.deepEqual((await app.inject({ ...sent, headers: {}, payload: { a: 1 } })).json(), {
        own: '{"a":1}',
      })
      const refused = await app.inject({ ...sent, url: '/auth/login' })
      assert.equal(refused.statusCode, 415)
    },
  },
}

const settings = {
  nodeEnv: 'test',
  secretKey: 'a-secret-for-hosts-only-0123456789-abcdefghij',
  databaseUrl: ':memory:',
  logLevel: 'silent',
  argon2MemoryKib: 1_024,
  argon2Passes: 1,
}

/**
 * Starts an application, and checks its own behaviour and the plugin's. Rejects with the first
 * difference.
 */
export async function checkHost(tacit: unknown, host: Host, order: 'before' | 'after'): Promise<void> {
  const app: Any = Fastify({ pluginTimeout: 100_000 })
  try {
    if (order === 'before') await host.install(app)
    await app.register(tacit, settings)
    if (order === 'after') await host.install(app)
    app.register(async (scope: Any) => {
      host.routes?.(scope)
      scope.get('/guarded', async ({ principal }: Any) => principal.role)
    })
    await app.ready()
    await host.check(app)
    await checkTacit(app)
  } finally {
    await app.close()
  }
}

const cookiesOf = ({ headers }: Any): string[] => [headers['set-cookie'] ?? []].flat()
const headerOf = (answer: Any): string =>
  cookiesOf(answer)
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

/** The plugin behaves as it does alone. */
async function checkTacit(app: Any): Promise<void> {
  const account = { email: 'ada@example.com', password: 'correct horse battery staple' }
  const post = (url: string, payload: unknown, headers = {}) =>
    app.inject({ method: 'POST', url, payload, headers: { 'sec-fetch-site': 'same-origin', ...headers } })

  const unknown = await post('/auth/register', { ...account, admin: true })
  assert.deepEqual([unknown.statusCode, unknown.json().code], [400, 'INVALID_REQUEST'])
  const registered = await post('/auth/register', account)
  assert.equal(registered.statusCode, 201)
  assert.equal(cookiesOf(registered).length, 3)
  for (const each of cookiesOf(registered)) assert.match(each, /; Path=\/; .*HttpOnly; SameSite=Lax/)

  const cookie = headerOf(registered)
  const me = await app.inject({ url: '/me', headers: { cookie } })
  assert.equal(me.json().user.email, account.email)
  assert.equal(me.headers['referrer-policy'], 'no-referrer')
  assert.match(me.headers['content-security-policy'], /default-src 'none'|default-src 'self'/)
  const refused = await app.inject('/me')
  assert.deepEqual([refused.statusCode, refused.json().code], [401, 'TOKEN_MISSING'])
  assert.match(refused.headers['www-authenticate'], /^Bearer realm=/)

  const form = 'grant_type=password&username=ada@example.com&password=correct horse battery staple'
  assert.equal((await post('/auth/token', form, FORM)).statusCode, 200)
  assert.equal((await post('/auth/login', form, FORM)).statusCode, 415, 'no form signs in a browser')
  assert.equal(
    (await post('/auth/logout', undefined, { 'sec-fetch-site': 'cross-site', cookie })).statusCode,
    403,
  )

  // A guarded route of the application.
  const anonymous = await app.inject('/guarded')
  assert.equal(anonymous.statusCode, 401)
  assert.match(anonymous.headers['www-authenticate'], /^Bearer realm=/)
  assert.equal((await app.inject({ url: '/guarded', headers: { cookie } })).body, 'user')
  const refreshOnly = cookie.replace(/(^|; )access=[^;]*/, '')
  const refreshed = await app.inject({ url: '/guarded', headers: { cookie: refreshOnly } })
  assert.equal(refreshed.body, 'user')
  assert.ok(
    cookiesOf(refreshed).some((each) => each.startsWith('access=')),
    'it is refreshed in passing',
  )
}
