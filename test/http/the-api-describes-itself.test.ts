import { createHash } from 'node:crypto'
import t from 'tap'
import { buildApp, SECRET, signUp } from '../support/app.ts'
import { FORBIDDEN, isRefusal, unproved } from '../support/refusals.ts'

t.test('the description is OpenAPI 3.1 and knows every route', async (t) => {
  const service = await buildApp(t)
  const response = await service.request({ url: '/docs/openapi.json' })
  t.equal(response.statusCode, 200)
  const { openapi, servers, paths, components } = response.json()
  t.equal(openapi, '3.1.0')
  t.strictSame(servers, [{ url: 'http://localhost:3000' }])
  t.strictSame(components.securitySchemes, {
    cookies: { type: 'apiKey', in: 'cookie', name: 'access' },
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  })
  const routes = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace(/(?<=.)\/$/, '')}`),
  )
  t.has(routes.sort(), [
    'DELETE /me',
    'DELETE /me/sessions',
    'DELETE /me/sessions/{id}',
    'GET /health/live',
    'GET /health/ready',
    'GET /me',
    'GET /me/sessions',
    'GET /users/{userId}',
    'PATCH /me',
    'POST /auth/login',
    'POST /auth/logout',
    'POST /auth/refresh',
    'POST /auth/register',
    'POST /auth/token',
    'POST /me/password',
  ])
})

t.test('the guard of a route is told as its security and its refusals', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      const handler = async () => null
      app.get('/ours', { config: { auth: { role: ['user', 'admin'], permission: 'users:read' } } }, handler)
      app.get('/anyone', { config: { auth: 'public' } }, handler)
    },
  })
  const { paths } = (await service.request({ url: '/docs/openapi.json' })).json()
  t.strictSame(paths['/auth/login'].post.security, [])
  t.strictSame(paths['/anyone'].get.security, [])

  const me = paths['/me/'].get
  t.strictSame(me.security, [{ cookies: [] }, { bearer: [] }])
  t.equal(me.responses['401'].description, 'Nobody is signed in, or no longer')
  t.equal(me.responses['403'], undefined)
  t.match(
    paths['/users/{userId}'].get.responses['403'].description,
    'Only for the owner named by params.userId, or the role admin',
  )
  t.match(
    paths['/ours'].get.responses['403'].description,
    'Only for the role user or admin with the permission users:read',
  )
})

t.test('its page runs its own inline script, and no other', async (t) => {
  const service = await buildApp(t)
  const page = await service.request({ url: '/docs/' })
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  const policy = String(page.headers['content-security-policy'])
  const inline = [...page.body.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)]
  t.ok(inline.length > 0)
  for (const [, script = ''] of inline) {
    t.match(policy, `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  }
  const directives = new Map(
    policy.split(';').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)] as const),
  )
  t.notMatch(directives.get('script-src'), ["'unsafe-inline'"])
  t.ok(directives.get('script-src')?.every((source) => /^'(self|sha256-.+)'$/.test(source)))
  t.strictSame(directives.get('default-src'), ["'none'"])
  t.strictSame(directives.get('frame-ancestors'), ["'none'"])
  const [, source] = /<script src="([^"]+)"/.exec(page.body) as RegExpExecArray
  t.equal(
    (await service.request({ url: new URL(source as string, 'http://x/docs/').pathname })).statusCode,
    200,
  )
})

t.test('in production it is for administrators', async (t) => {
  const service = await buildApp(t, {
    environment: { NODE_ENV: 'production', SECRET_KEY: SECRET, COOKIE_SECURE: 'false' },
  })
  const browser = await signUp(service)
  isRefusal(t, await service.request({ url: '/docs/openapi.json' }), unproved('TOKEN_MISSING'))
  isRefusal(t, await service.request({ url: '/docs/' }, browser), {
    status: 403,
    code: 'ACCESS_FORBIDDEN',
    message: FORBIDDEN,
  })
  const user = await service.app.accounts.findByEmail('ada@example.com')
  if (user) await service.app.accounts.setRole(user, 'admin')
  t.equal((await service.request({ url: '/docs/' }, browser)).statusCode, 200)
  t.equal((await service.request({ url: '/docs/openapi.json' }, browser)).statusCode, 200)
})
