import Fastify from 'fastify'
import t from 'tap'
import { tacit } from '../../../src/index.ts'
import { buildApp, testEnvironment } from '../../support/app.ts'

const KEYS = '/.well-known/jwks.json'
const METADATA = '/.well-known/oauth-authorization-server'

t.test('the key set is empty with HS256', async (t) => {
  const { request } = await buildApp(t)
  const response = await request({ url: KEYS })
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), { keys: [] })
})

t.test('the key set has no private member, and may be kept for five minutes', async (t) => {
  for (const ACCESS_TOKEN_ALG of ['EdDSA', 'ES256', 'RS256']) {
    const { request } = await buildApp(t, { environment: { ACCESS_TOKEN_ALG } })
    const response = await request({ url: KEYS })
    t.match(response.headers, {
      'cache-control': 'public, max-age=300',
      'content-type': /^application\/json/,
      etag: /^"[^"]+"$/,
    })
    const members = response.json().keys.flatMap((key: object) => Object.keys(key))
    const known = ['kid', 'kty', 'alg', 'use', 'crv', 'x', 'y', 'n', 'e']
    t.strictSame(
      members.filter((name: string) => !known.includes(name)),
      [],
    )
    t.equal(response.headers['set-cookie'], undefined)
  }
})

t.test('a copy of the key set or the metadata that is still right is answered with 304', async (t) => {
  const { request } = await buildApp(t, { environment: { ACCESS_TOKEN_ALG: 'EdDSA' } })
  for (const url of [KEYS, METADATA]) {
    const { etag } = (await request({ url })).headers
    const again = await request({ url, headers: { 'if-none-match': `${etag}` } })
    t.equal(again.statusCode, 304)
    t.equal(again.body, '')
    t.equal((await request({ url, headers: { 'if-none-match': '"another"' } })).statusCode, 200)
  }
})

t.test('the metadata names the endpoints below ISSUER', async (t) => {
  const ISSUER = 'https://auth.example.com'
  const { request } = await buildApp(t, {
    environment: { ISSUER },
    roles: { editor: ['articles:write', 'users:read'] },
  })
  const response = await request({ url: METADATA })
  t.match(response.headers, { 'cache-control': 'public, max-age=300', etag: /^"/ })
  t.strictSame(response.json(), {
    issuer: ISSUER,
    token_endpoint: `${ISSUER}/auth/token`,
    jwks_uri: `${ISSUER}${KEYS}`,
    introspection_endpoint: `${ISSUER}/auth/introspect`,
    revocation_endpoint: `${ISSUER}/auth/revoke`,
    revocations_endpoint: `${ISSUER}/auth/revocations`,
    response_types_supported: [],
    grant_types_supported: ['password', 'refresh_token'],
    scopes_supported: [
      'users:read',
      'users:write',
      'sessions:read',
      'sessions:end',
      'events:read',
      'articles:write',
    ],
    token_endpoint_auth_methods_supported: ['none'],
    introspection_endpoint_auth_methods_supported: ['client_secret_basic'],
    revocation_endpoint_auth_methods_supported: ['none'],
  })
})

t.test('the metadata names the host of the request if ISSUER is not set', async (t) => {
  const { request } = await buildApp(t)
  const { issuer, jwks_uri } = (await request({ url: METADATA, headers: { host: 'localhost:3000' } })).json()
  t.strictSame({ issuer, jwks_uri }, { issuer: 'http://localhost', jwks_uri: `http://localhost:3000${KEYS}` })
})

t.test('the endpoints have the prefix of the plugin, unless the issuer has it', async (t) => {
  for (const issuer of ['https://app.example.com', 'https://app.example.com/account']) {
    const app = Fastify({ pluginTimeout: 100_000 })
    t.teardown(() => app.close())
    await app.register(tacit, { environment: testEnvironment, issuer, prefix: '/account' })
    const response = await app.inject(`/account${METADATA}`)
    t.equal(response.json().token_endpoint, 'https://app.example.com/account/auth/token')
  }
  const without = Fastify({ pluginTimeout: 100_000 })
  t.teardown(() => without.close())
  await without.register(tacit, { environment: testEnvironment, routes: { discovery: false } })
  t.equal((await without.inject(KEYS)).statusCode, 404)
})
