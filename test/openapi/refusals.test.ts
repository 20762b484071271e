import t from 'tap'
import { messageOf } from '../../src/errors.ts'
import { buildApp } from '../support/app.ts'
import { documentOf, type Operation } from '../support/described-api.ts'

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
