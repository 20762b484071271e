import t from 'tap'
import { startIssuer } from './support/issuer.ts'
import { patch, post, remove, startService } from './support/service.ts'

const now = Math.floor(Date.now() / 1_000)
const wrong: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  expired: { exp: now - 1 },
  'for another audience': { aud: 'https://music.example' },
  'of another issuer': { iss: 'https://elsewhere.example' },
}

for (const [what, claims] of Object.entries(wrong)) {
  t.test(`refuses a token ${what}`, async (t) => {
    const { as } = await startService(t)
    t.equal((await as('ada', { url: '/movies' })).statusCode, 200)
    const response = await as('ada', { url: '/movies' }, claims)
    t.equal(response.statusCode, 401)
    t.match(response.headers['www-authenticate'], /^Bearer .*error="invalid_token"/)
  })
}

t.test('refuses a token of another key', async (t) => {
  const { app } = await startService(t)
  const stranger = await startIssuer()
  t.teardown(() => stranger.close())
  const authorization = `Bearer ${await stranger.tokenFor('ada')}`
  t.equal((await app.inject({ url: '/movies', headers: { authorization } })).statusCode, 401)
})

t.test('refuses every request without a token, except health and docs', async (t) => {
  const { app } = await startService(t)
  const movie = { title: 'Stalker', year: 1979 }
  const closed = [{ url: '/movies' }, { url: '/users/ada/movies' }, post(movie), patch(1, movie), remove(1)]
  for (const request of closed) {
    const response = await app.inject(request)
    t.equal(response.statusCode, 401)
    t.match(response.headers['www-authenticate'], /^Bearer /)
  }
  t.strictSame((await app.inject('/health')).json(), { status: 'ok' })
  t.equal((await app.inject('/docs/')).statusCode, 200)
})

t.test('describes its routes and their guards in OpenAPI', async (t) => {
  const { app } = await startService(t)
  const { paths, components } = (await app.inject('/docs/openapi.json')).json()
  t.strictSame(Object.keys(paths).sort(), [
    '/health',
    '/movies',
    '/movies/{movieId}',
    '/users/{userId}/movies',
  ])
  const [scheme = ''] = Object.keys(components.securitySchemes)
  t.match(components.securitySchemes[scheme], { type: 'http', scheme: 'bearer' })
  t.ok(paths['/movies'].post.security.some((each: object) => scheme in each))
  for (const status of ['401', '403']) t.ok(paths['/users/{userId}/movies'].get.responses[status], status)
})

t.test('tells a caller nothing of a fault', async (t) => {
  const { app } = await startService(t)
  app.get('/fault', { config: { auth: 'public' } }, async () => {
    throw new Error('a detail')
  })
  const response = await app.inject('/fault')
  t.strictSame(response.json(), {
    statusCode: 500,
    error: 'Internal Server Error',
    message: 'The request failed',
  })
})

t.test('answers 503 while it cannot fetch the keys of the issuer', async (t) => {
  const { app, issuer } = await startService(t)
  const authorization = `Bearer ${await issuer.tokenFor('ada')}`
  issuer.close()
  const response = await app.inject({ url: '/movies', headers: { authorization } })
  t.equal(response.statusCode, 503)
  t.ok(response.headers['retry-after'])
})
