import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import { tacit } from '../../src/index.ts'
import { ErrorSchema } from '../../src/schemas/error.ts'
import { type TacitVerifierOptions, tacitVerifier } from '../../src/verifier/index.ts'
import type { Teardown } from '../support/app.ts'
import { movableClock } from '../support/clock.ts'
import { environment } from '../support/host.ts'
import { claimsAt, issuerOf, json, keyPair, signedBy } from '../support/issuer.ts'
import { revokingIssuer } from '../support/revoking-issuer.ts'
import { bearer } from '../support/tokens.ts'

const ISSUER = 'https://auth.example.com'
const pair = await keyPair()
const issuer = await issuerOf(t, pair)
const clock = movableClock()
const settings: TacitVerifierOptions = { issuer: ISSUER, audience: 'movies', url: issuer.url, clock }
const tokenOf = (change: object = {}) => signedBy(pair, claimsAt(clock.now(), change))
const ADA = claimsAt(0).sub

const open = async () => 'open'

interface Parts {
  readonly options?: Partial<TacitVerifierOptions> & Record<string, unknown>
  readonly before?: (app: FastifyInstance) => unknown
}

/** An application that is not started. */
async function building(t: Teardown, routes: (app: FastifyInstance) => unknown, parts: Parts = {}) {
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  const app = Fastify({ logger: { level: 'warn', stream }, pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await parts.before?.(app)
  await app.register(tacitVerifier, { ...settings, ...parts.options })
  await routes(app)
  return { app, lines }
}

async function host(t: Teardown, routes: (app: FastifyInstance) => unknown, parts?: Parts) {
  const { app } = await building(t, routes, parts)
  await app.ready()
  return app
}

const statusOf = async (app: FastifyInstance, url: string, token?: string) =>
  (await app.inject({ url, headers: token === undefined ? {} : bearer(token) })).statusCode

t.test('sets the principal of a token, frozen, and null on a public route', async (t) => {
  let isFrozen = false
  const app = await host(t, (app) => {
    app.get('/me', async ({ principal }) => {
      isFrozen = Object.isFrozen(principal)
      return principal
    })
    app.get('/open', { config: { auth: 'public' } }, async ({ principal }) => ({ principal }))
  })
  const claims = claimsAt(clock.now(), { scope: 'a b', gen: 3, role: 'editor' })
  const answer = await app.inject({ url: '/me', headers: bearer(await signedBy(pair, claims)) })
  t.strictSame(answer.json(), {
    userId: claims.sub,
    sid: claims.sid,
    role: 'editor',
    scope: 'a b',
    generation: 3,
    expiresAt: claims.exp * 1_000,
    claims,
  })
  t.equal(answer.headers['cache-control'], 'no-store')
  t.ok(isFrozen)
  const token = await tokenOf()
  t.strictSame((await app.inject({ url: '/open', headers: bearer(token) })).json(), { principal: null })
})

t.test('admits by role, by permission, by owner, by all of them, and by alternatives', async (t) => {
  const app = await host(t, (app) => {
    app.get('/default', open)
    app.get('/role', { config: { auth: { role: ['admin', 'editor'] } } }, open)
    app.get('/permission', { config: { auth: { permission: 'movies:write' } } }, open)
    app.get('/of/:userId', { config: { auth: { owner: 'params.userId' } } }, open)
    app.get('/both', { config: { auth: { role: 'editor', permission: 'movies:write' } } }, open)
    app.get('/either/:userId', { config: { auth: { owner: 'params.userId', or: { role: 'admin' } } } }, open)
  })
  const tokens = {
    user: await tokenOf(),
    editor: await tokenOf({ role: 'editor' }),
    writer: await tokenOf({ role: 'editor', scope: 'movies:read movies:write' }),
    admin: await tokenOf({ role: 'admin', sub: '019bc186-de00-738c-b587-e5f65ab95d6d' }),
  }
  const admitted = async (url: string) => {
    const names = []
    for (const [name, token] of Object.entries(tokens)) {
      const status = await statusOf(app, url, token)
      if (status === 200) names.push(name)
      else t.equal(status, 403)
    }
    return names
  }
  t.strictSame(await admitted('/default'), ['user', 'editor', 'writer', 'admin'])
  t.strictSame(await admitted('/role'), ['editor', 'writer', 'admin'])
  t.strictSame(await admitted('/permission'), ['writer'])
  t.strictSame(await admitted(`/of/${ADA}`), ['user', 'editor', 'writer'])
  t.strictSame(await admitted('/of/other'), [])
  t.strictSame(await admitted('/both'), ['writer'])
  t.strictSame(await admitted('/either/other'), ['admin'])
})

t.test('refuses in the shape and with the challenges of the service', async (t) => {
  const app = await host(t, (app) => {
    app.get('/', open)
    app.get('/write', { config: { auth: { permission: 'movies:write' } } }, open)
    app.get('/admin', { config: { auth: { role: 'admin' } } }, open)
  })
  const token = await tokenOf()
  const expired = await tokenOf({ exp: clock.now() / 1_000 })
  const CREDENTIALS = 'Could not validate credentials'
  const INVALID = `Bearer realm="${ISSUER}", error="invalid_token"`
  const SCOPE = `Bearer realm="${ISSUER}", error="insufficient_scope"`
  const refusals: [url: string, authorization: string | undefined, code: string, challenge: string][] = [
    ['/', undefined, 'TOKEN_MISSING', `Bearer realm="${ISSUER}"`],
    ['/', 'Basic YWRhOng=', 'TOKEN_MISSING', `Bearer realm="${ISSUER}"`],
    ['/', 'Bearer', 'TOKEN_INVALID', INVALID],
    ['/', `Bearer ${token} ${token}`, 'TOKEN_INVALID', INVALID],
    ['/', 'Bearer x', 'TOKEN_INVALID', INVALID],
    ['/', `Bearer ${expired}`, 'TOKEN_EXPIRED', INVALID],
    ['/write', `Bearer ${token}`, 'ACCESS_FORBIDDEN', `${SCOPE}, scope="movies:write"`],
    ['/admin', `Bearer ${token}`, 'ACCESS_FORBIDDEN', SCOPE],
  ]
  for (const [url, authorization, code, challenge] of refusals) {
    const answer = await app.inject({ url, headers: authorization === undefined ? {} : { authorization } })
    const isForbidden = code === 'ACCESS_FORBIDDEN'
    t.strictSame(answer.json(), {
      ...{ statusCode: isForbidden ? 403 : 401, code, error: isForbidden ? 'Forbidden' : 'Unauthorized' },
      message: isForbidden ? 'Access forbidden: Insufficient permissions' : CREDENTIALS,
    })
    t.equal(answer.headers['www-authenticate'], challenge)
    t.equal(answer.headers['set-cookie'], undefined)
  }
  const cookie = `access=${token}; __Host-access=${token}`
  t.equal((await app.inject({ url: '/', headers: { cookie } })).statusCode, 401, 'cookies are not read')
})

t.test('refuses with 503 and Retry-After while the keys cannot be had', async (t) => {
  const away = await issuerOf(t)
  away.respond = (_request, response) => response.writeHead(500).end()
  const { app, lines } = await building(t, (app) => app.get('/', open), { options: { url: away.url } })
  const answer = await app.inject({ url: '/', headers: bearer(await tokenOf()) })
  t.match(answer.json(), { statusCode: 503, code: 'VERIFIER_UNAVAILABLE', error: 'Service Unavailable' })
  t.equal(answer.headers['retry-after'], '10')
  t.equal(answer.headers['www-authenticate'], undefined)
  t.match(JSON.parse(lines[0] as string), { level: 40, msg: /^The key set cannot be fetched: / })
})

t.test('leaves errors to the error handler of the application, with their headers', async (t) => {
  const app = await host(t, (app) => {
    app.setErrorHandler((error: Error, _request, reply) => reply.code(401).send({ own: error.message }))
    app.get('/', { schema: { response: { 401: { type: 'object', properties: { own: {} } } } } }, open)
  })
  const answer = await app.inject('/')
  t.strictSame(answer.json(), { own: 'Could not validate credentials' })
  t.equal(answer.headers['www-authenticate'], `Bearer realm="${ISSUER}"`)
})

t.test('opens what declares no guard with defaultAuth, or refuses it', async (t) => {
  const routes = (app: FastifyInstance) => {
    app.get('/plain', open)
    app.get('/mine', { config: { auth: 'signed-in' } }, open)
    app.register(async (scope) => {
      scope.defaultGuard = { role: 'admin' }
      scope.get('/scoped', open)
    })
  }
  const publicly = await host(t, routes, { options: { defaultAuth: 'public' } })
  t.equal(await statusOf(publicly, '/plain'), 200)
  t.equal(await statusOf(publicly, '/mine'), 401)
  t.equal(await statusOf(publicly, '/scoped', await tokenOf()), 403)
  const strict = await host(t, routes, { options: { defaultAuth: { role: 'admin' } } })
  t.equal(await statusOf(strict, '/plain', await tokenOf()), 403)
  t.equal(await statusOf(strict, '/plain', await tokenOf({ role: 'admin' })), 200)
})

const guard = (auth: unknown) => ({ config: { auth: auth as 'public' } })
const wrongGuards: [auth: unknown, roles: boolean, message: RegExp][] = [
  [{ rol: 'admin' }, false, /^GET \/: config\.auth has an unknown part: rol/],
  ['sgned-in', false, /^GET \/: config\.auth is "sgned-in", but must be/],
  [null, false, /^GET \/: config\.auth is null/],
  [{ role: 'Admin!' }, false, /^GET \/: config\.auth names the role "Admin!"/],
  [{ permission: 'movies write' }, false, /^GET \/: config\.auth names the permission "movies write"/],
  [{ owner: 'params.id' }, false, /^GET \/: config\.auth names the owner/],
  [{ client: true }, false, /^GET \/: config\.auth asks for a registered client, which only the service/],
  [{ role: 'admin', or: { client: true } }, false, /^GET \/: config\.auth asks for a registered client/],
  [{ role: 'edtor' }, true, /^GET \/: config\.auth names the role "edtor", which does not exist$/],
  [{ permission: 'movies:wite' }, true, /names the permission "movies:wite", which no role has$/],
]
for (const [auth, hasRoles, message] of wrongGuards) {
  t.test(
    `stops the start for the guard ${JSON.stringify(auth)}${hasRoles ? ' with roles' : ''}`,
    async (t) => {
      const roles = { editor: ['movies:write'] }
      const starting = building(t, (app) => app.get('/', guard(auth), open), {
        options: hasRoles ? { roles } : {},
      })
      await t.rejects(starting, { name: 'TypeError', message })
    },
  )
}

t.test('accepts any well-formed role, and with roles those of the issuer', async (t) => {
  const routes = (app: FastifyInstance) =>
    app.get('/', guard({ role: 'editor', permission: 'movies:write' }), open)
  const token = await tokenOf({ role: 'editor', scope: 'movies:write' })
  t.equal(await statusOf(await host(t, routes), '/', token), 200)
  const options = { roles: { editor: ['movies:write'] } }
  t.equal(await statusOf(await host(t, routes, { options }), '/', token), 200)
})

const wrongOptions: [options: object, message: RegExp][] = [
  [{ isuer: ISSUER }, /^The option "isuer" does not exist\. Did you mean issuer\?$/],
  [{ defaultGuard: 'public' }, /^The option "defaultGuard" does not exist\. Did you mean defaultAuth\?$/],
  [{ prefix: '/movies' }, /^The option "prefix" does not exist/],
  [{ roles: { admin: [] } }, /^roles: admin is a built-in role/],
  [{ algorithms: ['HS256'] }, /^algorithms: "HS256" is not accepted/],
]
for (const [options, message] of wrongOptions) {
  t.test(`refuses the options ${JSON.stringify(options)} at the registration`, async (t) => {
    await t.rejects(
      building(t, () => {}, { options: { ...options } }),
      { message },
    )
  })
}

const verifierWithin = fp(async (app: FastifyInstance) => {
  await app.register(tacitVerifier, settings)
})
const early: Record<string, (app: FastifyInstance) => unknown> = {
  'on the line after a registration that is not awaited'(app) {
    app.register(verifierWithin)
    app.get('/movies', guard({ role: 'admin' }), open)
  },
  'without a guard after a registration that is not awaited'(app) {
    app.register(verifierWithin)
    app.get('/movies', open)
  },
  async 'before the registration'(app) {
    app.get('/movies', guard('signed-in'), open)
    await app.register(tacitVerifier, settings)
  },
  async 'outside the scope of the plugin'(app) {
    app.register(async (scope) => {
      await scope.register(tacitVerifier, settings)
    })
    app.get('/movies', guard('signed-in'), open)
  },
}
for (const [where, compose] of Object.entries(early)) {
  t.test(`stops the start, and refuses requests, for a route declared ${where}`, async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await compose(app)
    await t.rejects(async () => app.ready(), { message: /^GET,HEAD \/movies: / })
    const answer = await app.inject({ url: '/movies', headers: bearer(await tokenOf({ role: 'admin' })) })
    t.equal(answer.statusCode, 500)
    t.notMatch(answer.body, 'open')
  })
}

t.test('stops the start when another plugin replaces the hooks of a route', async (t) => {
  const { app } = await building(t, (app) => {
    app.addHook('onRoute', (route) => {
      route.preHandler = []
    })
    app.get('/', open)
  })
  await t.rejects(async () => app.ready(), {
    message: /^GET,HEAD \/: a plugin replaced the preHandler hooks/,
  })
})

t.test('enforces the guard before the handler, even if another plugin removes its early hook', async (t) => {
  const app = await host(t, (app) => {
    app.addHook('onRoute', (route) => {
      route.onRequest = []
    })
    app.get('/', guard({ role: 'admin' }), open)
  })
  t.equal(await statusOf(app, '/'), 401)
  t.equal(await statusOf(app, '/', await tokenOf()), 403)
  t.equal(await statusOf(app, '/', await tokenOf({ role: 'admin' })), 200)
})

t.test('starts without routes', async (t) => {
  const app = await host(t, () => {})
  t.equal(await statusOf(app, '/nothing'), 404)
})

const both: Record<string, (app: FastifyInstance) => unknown> = {
  async 'the service first'(app) {
    await app.register(tacit, { environment })
    await app.register(tacitVerifier, settings)
  },
  async 'the verifier first'(app) {
    await app.register(tacitVerifier, settings)
    await app.register(tacit, { environment })
  },
  async 'in scopes beside each other'(app) {
    await app.register(async (scope) => scope.register(tacit, { environment }), { prefix: '/auth' })
    await app.register(async (scope) => scope.register(tacitVerifier, settings))
  },
}
for (const [order, compose] of Object.entries(both)) {
  t.test(`refuses an application that registers the service and the verifier, ${order}`, async (t) => {
    const app = Fastify({ pluginTimeout: 100_000 })
    t.teardown(() => app.close())
    await t.rejects(async () => compose(app), {
      name: 'TypeError',
      message: /^tacit and tacitVerifier cannot be registered in one application\. The service verifies/,
    })
  })
}

t.test('guards the scopes of two issuers in one application', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  for (const audience of ['movies', 'books']) {
    app.register(async (scope) => {
      await scope.register(tacitVerifier, { ...settings, audience })
      scope.get(`/${audience}`, open)
    })
  }
  const token = await tokenOf()
  t.equal(await statusOf(app, '/movies', token), 200)
  t.equal(await statusOf(app, '/books', token), 401)
})

/** Sends the head of a request, and its body only to a server that waits for it. */
async function answerToHead(t: Teardown, url: string, authorization: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  let isBodySent = false
  const patience = setTimeout(() => {
    isBodySent = true
    socket.write('{}')
  }, 2_000)
  socket.write(
    `POST / HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n`,
  )
  const [head] = await once(socket, 'data')
  clearTimeout(patience)
  return { head: String(head), isBodySent }
}

t.test('refuses a request before it reads the body', async (t) => {
  const app = await host(t, (app) => app.post('/', guard({ role: 'admin' }), open))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const forged = await answerToHead(t, url, 'Bearer x')
  t.match(forged, { head: /^HTTP\/1\.1 401 /, isBodySent: false })
  const genuine = await answerToHead(t, url, `Bearer ${await tokenOf()}`)
  t.match(genuine, { head: /^HTTP\/1\.1 403 /, isBodySent: false })
})

t.test('judges expiry by the arrival of the request, and the session again before the handler', async (t) => {
  const revoking = await revokingIssuer(t, pair)
  const clock = movableClock()
  const states: string[] = []
  let whenUp = () => {}
  const up = new Promise<void>((resolve) => {
    whenUp = resolve
  })
  const revocations = {
    ...{ clientId: 'movies', clientSecret: 'secret' },
    onState(state: string) {
      states.push(state)
      if (state === 'up') whenUp()
    },
  }
  let whileUploading = async () => {}
  const app = await host(
    t,
    (app) => {
      app.post('/', { preValidation: async () => whileUploading() }, open)
      app.get('/witness', open)
    },
    { options: { url: revoking.url, clock, revocations } },
  )
  await up
  const token = await signedBy(pair, claimsAt(clock.now()))
  const post = () => app.inject({ method: 'POST', url: '/', headers: bearer(token), payload: {} })
  whileUploading = async () => clock.advance(899)
  t.equal((await post()).statusCode, 200)
  whileUploading = async () => clock.advance(1)
  t.equal((await post()).statusCode, 200, 'it arrived before')
  t.equal((await post()).statusCode, 401)

  clock.advance(60)
  const later = await signedBy(pair, claimsAt(clock.now()))
  const witness = await signedBy(pair, claimsAt(clock.now(), { jti: 'witness' }))
  whileUploading = async () => {
    revoking.introspect = (_token, response) => json({ active: false })(undefined as never, response)
    revoking.tell({ of: 'session', id: claimsAt(0).sid })
    while ((await statusOf(app, '/witness', witness)) === 200) await nextTurn()
  }
  const answer = await app.inject({ method: 'POST', url: '/', headers: bearer(later), payload: {} })
  t.equal(answer.statusCode, 401)
  t.match(answer.json(), { code: 'TOKEN_EXPIRED' })
})

t.test('describes guards in the document of @fastify/swagger', async (t) => {
  const app = await host(
    t,
    (app) => {
      app.get('/open', { ...guard('public'), schema: { description: 'Open.' } }, open)
      app.get('/mine', { schema: { description: 'Mine.' } }, open)
      app.get('/write', guard({ permission: 'movies:write' }), open)
      app.get('/own', { schema: { security: [{ mtls: [] }], response: { 200: { type: 'string' } } } }, open)
    },
    {
      before: (app) =>
        app.register(swagger, {
          openapi: { components: { securitySchemes: { mtls: { type: 'mutualTLS' } as never } } },
        }),
    },
  )
  const document = JSON.parse(JSON.stringify(app.swagger()))
  t.strictSame(document.components.securitySchemes, {
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    mtls: { type: 'mutualTLS' },
  })
  const { '/open': free, '/mine': mine, '/write': write, '/own': own } = document.paths
  t.strictSame(Object.keys(free.get.responses), ['200'])
  t.equal(free.get.security, undefined)
  t.strictSame(mine.get.security, [{ bearer: [] }])
  t.strictSame(Object.keys(mine.get.responses), ['200', '401', '503'])
  t.equal(app.swagger(), app.swagger(), 'the document stays cached')
  t.equal(mine.get.description, 'Mine.\n\nWho may call: every signed-in user.')
  t.ok(mine.get.responses[401].headers['WWW-Authenticate'])
  const { schema, examples } = mine.get.responses[401].content['application/json']
  t.strictSame(schema, JSON.parse(JSON.stringify(ErrorSchema)), 'the schema is that of the service')
  t.match(examples, {
    TOKEN_EXPIRED: { value: { statusCode: 401, code: 'TOKEN_EXPIRED', error: 'Unauthorized' } },
  })
  t.strictSame(Object.keys(write.get.responses), ['200', '401', '403', '503'])
  t.match(write.get.description, 'the permission movies:write')
  t.strictSame(own.get.security, [{ mtls: [] }], 'the declaration of the route is kept')
  t.match(own.get.responses[200].content, { 'application/json': { schema: { type: 'string' } } })
  t.type(app.swagger({ yaml: true }), 'string')
  t.equal(await statusOf(app, '/own', await tokenOf()), 200)
})

t.test('leaves a document that an application has written itself', async (t) => {
  const written = { openapi: '3.1.0', info: { title: 'Movies', version: '1' } }
  const app = await host(t, (app) => app.get('/', open), {
    before: (app) => app.register(swagger, { mode: 'static', specification: { document: written as never } }),
  })
  t.match(app.swagger(), written)
})
