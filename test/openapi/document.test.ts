import { Validator } from '@seriousme/openapi-schema-validator'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import app, { serverOptions } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import { messageOf } from '../../src/errors.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, testEnvironment } from '../support/app.ts'
import {
  type Document,
  documentOf,
  holdTo,
  type Media,
  type Operation,
  operationsOf,
} from '../support/described-api.ts'

t.test('the document is valid OpenAPI 3.1', async (t) => {
  const service = await buildApp(t)
  const document = await documentOf(service)
  const validator = new Validator()
  const { valid, errors } = await validator.validate({ ...structuredClone(document) })
  t.ok(valid, JSON.stringify(errors))
  t.equal(validator.version, '3.1')
  t.strictSame(document.servers, [{ url: '/' }])
  t.strictSame(document.components.securitySchemes, {
    cookies: { type: 'apiKey', in: 'cookie', name: 'access' },
    refreshCookie: { type: 'apiKey', in: 'cookie', name: 'refresh' },
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
    client: { type: 'http', scheme: 'basic' },
  })
  const names = operationsOf(document).map(({ operation }) => operation.operationId)
  t.equal(new Set(names).size, names.length, 'each operation has a name of its own')
})

/** Served, and not described: the document and its page. */
const HIDDEN = [
  'GET /docs',
  'GET /docs/',
  'GET /docs/icon.svg',
  'GET /docs/js/scalar.js',
  'GET /docs/openapi.json',
  'GET /docs/readme',
]

t.test('the document has every route and no other', async (t) => {
  const routes = new Set<string>()
  const fastify = Fastify(serverOptions(readConfig(testEnvironment)))
  t.teardown(() => fastify.close())
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') routes.add(`${each} ${url}`)
  })
  await fastify.register(fp(app), { environment: testEnvironment })
  await fastify.ready()
  const described = operationsOf(internalsOf(fastify).openapi() as unknown as Document)
  t.strictSame(
    [
      ...described.map(({ method, path }) => `${method} ${path.replaceAll(/{(\w+)}/g, ':$1')}`),
      ...HIDDEN,
    ].sort(),
    // The root of a folder is served with and without a slash at its end.
    [
      ...new Set([...routes].map((route) => (HIDDEN.includes(route) ? route : route.replace(/\/$/, '')))),
    ].sort(),
  )
})

t.test('three routes alone take a password to sign in', async (t) => {
  const service = await buildApp(t)
  const taking = operationsOf(await documentOf(service)).filter(({ operation }) =>
    JSON.stringify(operation.requestBody ?? '').includes('"password":{'),
  )
  t.strictSame(taking.map(({ method, path }) => `${method} ${path}`).sort(), [
    'POST /auth/login',
    'POST /auth/register',
    'POST /auth/token',
  ])
  const payload = { email: 'ada@example.com', password: PASSWORD }
  for (const url of [
    '/login',
    '/signin',
    '/admin/login',
    '/oauth/token',
    '/auth/sso',
    '/auth/debug',
    '/auth',
  ]) {
    t.equal((await service.request({ method: 'POST', url, payload })).statusCode, 404, url)
  }
})

t.test('every operation has a guard, and an example of every answer with a body', async (t) => {
  const service = await buildApp(t)
  const document = await documentOf(service)
  const { matches } = holdTo(document)
  const holds = (what: string, { schema, example, examples = {} }: Media): void => {
    const values = example === undefined ? Object.values(examples).map(({ value }) => value) : [example]
    t.ok(values.length > 0, `${what} has an example`)
    for (const value of values) t.ok(matches(schema, value), `${what}: ${JSON.stringify(value)}`)
  }
  for (const { operation } of operationsOf(document)) {
    const { operationId, parameters = [], requestBody, responses } = operation
    t.equal(
      operation.security.length === 0,
      operation['x-guard'] === 'public' && operationId !== 'postAuthRefresh',
    )
    t.match(operation.description, /Who may call: .+\.$/)
    for (const parameter of parameters) {
      if (parameter.required) holds(`${operationId} ${parameter.name}`, parameter)
    }
    for (const [type, media] of Object.entries(requestBody?.content ?? {}))
      holds(`${operationId} ${type}`, media)
    for (const [status, { description, content = {} }] of Object.entries(responses)) {
      t.not(description, 'Default Response')
      t.equal(Object.keys(content).length === 0, status === '204')
      for (const media of Object.values(content)) holds(`${operationId} ${status}`, media)
    }
  }
})

t.test('every operation that takes a body requires it, except the deletion of an account', async (t) => {
  const document = await documentOf(await buildApp(t))
  const optional = operationsOf(document)
    .filter(({ operation }) => operation.requestBody?.required === false)
    .map(({ operation }) => operation.operationId)
  t.strictSame(optional, ['deleteMe'])
})

t.test('derives the refusals of a route from its guard, method and input, and adds its own', async (t) => {
  const handler = async () => null
  const service = await buildApp(t, {
    routes(app) {
      app.get('/ours', { config: { auth: { role: ['user', 'admin'], permission: 'users:read' } } }, handler)
      app.get('/anyone', { config: { auth: 'public' } }, handler)
      app.get('/anyone/:id', { config: { auth: 'public', refusals: ['NOT_FOUND'] } }, handler)
      app.route({ url: '/either', method: ['GET', 'PUT'], config: { auth: 'public' }, handler })
      const teapot = { description: 'I am one', type: 'object' }
      app.get('/teapot', { schema: { response: { '2xx': {}, 418: teapot, 401: teapot } } }, handler)
      app.get('/feed', { config: { auth: { client: true } } }, handler)
      const either = { client: true, or: { permission: 'users:read' } } as const
      app.get('/feed/either', { config: { auth: either } }, handler)
      app.get('/apart', { config: { auth: 'public', swaggerTransform: false } as object }, handler)
    },
  })
  const { paths } = await documentOf(service)
  const operation = (method: string, path: string): Operation => paths[path]?.[method] as Operation
  const statuses = (method: string, path: string): string[] => Object.keys(operation(method, path).responses)

  const ours = operation('get', '/ours')
  t.strictSame(ours.security, [{ cookies: [] }, { bearer: [] }])
  t.strictSame(ours['x-guard'], { role: ['user', 'admin'], permission: 'users:read' })
  t.match(ours.description, 'Who may call: the role user or admin with the permission users:read.')
  t.match(
    operation('get', '/users/{userId}').description,
    'Who may call: the owner named by params.userId, or the role admin.',
  )
  t.strictSame(statuses('get', '/ours'), ['200', '401', '403', '429', '500', '503'])
  t.strictSame(codesOf(ours, 403), ['ACCESS_FORBIDDEN', 'PASSWORD_CHANGE_REQUIRED'])
  t.strictSame(codesOf(operation('get', '/me'), 403), [], 'open before a new password was chosen')
  t.strictSame(codesOf(ours, 503), ['SERVER_BUSY', 'STORE_UNAVAILABLE'])

  const [feed, either] = [operation('get', '/feed'), operation('get', '/feed/either')]
  t.strictSame(feed.security, [{ client: [] }])
  t.match(feed.description, 'Who may call: every registered client.')
  t.strictSame(statuses('get', '/feed'), ['200', '401', '429', '500', '503'])
  t.strictSame(codesOf(feed, 401), ['CLIENT_INVALID'])
  t.strictSame(either.security, [{ client: [] }, { cookies: [] }, { bearer: [] }])
  t.match(either.description, 'Who may call: every registered client, or the permission users:read.')
  t.ok(codesOf(either, 401).includes('CLIENT_INVALID') && codesOf(either, 401).includes('TOKEN_INVALID'))
  t.strictSame(codesOf(either, 403), ['ACCESS_FORBIDDEN', 'PASSWORD_CHANGE_REQUIRED'])
  const patternOf = ({ responses }: Operation) =>
    responses['401']?.headers?.['WWW-Authenticate']?.schema.pattern
  t.strictSame([feed, either].map(patternOf), ['^Basic realm=', '^(Basic|Bearer) realm='])
  t.strictSame(
    [feed, either].map(({ responses }) => 'Set-Cookie' in (responses['200']?.headers ?? {})),
    [false, true],
    'a client gets no cookies',
  )

  t.strictSame(operation('get', '/anyone').security, [])
  t.strictSame(statuses('get', '/anyone'), ['200', '429', '500', '503'])
  t.strictSame(codesOf(operation('get', '/anyone'), 503), ['SERVER_BUSY'])
  t.strictSame(statuses('get', '/anyone/{id}'), ['200', '400', '404', '429', '500', '503'])
  t.strictSame(statuses('put', '/either'), ['200', '400', '403', '413', '415', '429', '500', '503'])
  const tooLarge = (path: string, method: string) => operation(method, path).responses['413']?.headers
  t.ok(
    'Set-Cookie' in (tooLarge('/me', 'patch') ?? {}),
    'a body is read when the session may have been refreshed',
  )
  t.notOk('Set-Cookie' in (tooLarge('/either', 'put') ?? {}), 'on a public route nothing is refreshed')
  t.strictSame(statuses('get', '/either'), ['200', '429', '500', '503'])
  t.strictSame(
    [operation('get', '/either').operationId, operation('put', '/either').operationId],
    ['getEither', 'putEither'],
  )

  const { responses } = operation('get', '/teapot')
  t.strictSame([responses['401']?.description, responses['418']?.description], ['I am one', 'I am one'])
  t.strictSame(statuses('get', '/apart'), ['200'], 'a route that describes itself is left alone')

  t.strictSame(codesOf(operation('post', '/auth/register'), 422), ['PASSWORD_REJECTED'])
  const examples = operation('post', '/auth/token').responses['400']?.content?.['application/json']?.examples
  t.strictSame(examples?.LOGIN_FAILED?.value, {
    error: 'invalid_grant',
    error_description: messageOf('LOGIN_FAILED'),
  })
})

const codesOf = ({ responses }: Operation, status: number): string[] =>
  Object.keys(responses[status]?.content?.['application/json']?.examples ?? {})
