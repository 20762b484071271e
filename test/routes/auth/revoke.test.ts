import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { ME, proveReceipt, REFRESH, refreshAndLose, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { bearer, claimsOf, fetchTokens, HEADER, jwt, withForgedMac } from '../../support/tokens.ts'

const FORM = 'application/x-www-form-urlencoded'

const revoking =
  (service: TestApp) =>
  (fields: Record<string, string>, headers = {}) =>
    service.request({
      method: 'POST',
      url: '/auth/revoke',
      headers: { 'content-type': FORM, ...headers },
      payload: new URLSearchParams(fields).toString(),
    })

async function signedIn(t: Test, options: TestAppOptions = {}) {
  const service = await buildApp(t, options)
  const jar = await signUp(service)
  return { service, jar, revoke: revoking(service), tokens: await fetchTokens(service) }
}

const typesOf = async ({ app }: TestApp) =>
  (await internalsOf(app).store.listEvents(50)).map(({ type }) => type)

t.test('revokes both types of token with their session, whatever the hint says', async (t) => {
  for (const name of ['access_token', 'refresh_token'] as const) {
    for (const hint of [undefined, 'access_token', 'refresh_token', 'id_token']) {
      const { service, jar, revoke, tokens } = await signedIn(t)
      const fields = { token: tokens[name], ...(hint && { token_type_hint: hint }) }
      t.equal((await service.request({ url: '/me', headers: bearer(tokens.access_token) })).statusCode, 200)
      const answer = await revoke(fields)
      t.strictSame([answer.statusCode, answer.body], [200, '{}'])
      t.equal(answer.headers['cache-control'], 'no-store')
      const after = await service.request({ url: '/me', headers: bearer(tokens.access_token) })
      t.equal(after.json().code, 'SESSION_ENDED')
      const payload = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
      const refreshed = await service.request({ method: 'POST', url: '/auth/token', payload })
      t.match(refreshed.json(), { error: 'invalid_grant' })
      t.equal((await service.request(ME, jar)).statusCode, 200, 'another session goes on')
      t.equal((await revoke(fields)).statusCode, 200, 'a second time')
      t.equal((await typesOf(service)).filter((type) => type === 'signed-out').length, 1)
    }
  }
})

t.test('accepts JSON as well', async (t) => {
  const { service, tokens } = await signedIn(t)
  const payload = { token: tokens.access_token }
  t.equal((await service.request({ method: 'POST', url: '/auth/revoke', payload })).statusCode, 200)
  const after = await service.request({ url: '/me', headers: bearer(tokens.access_token) })
  t.equal(after.statusCode, 401)
})

t.test('answers 200 for an unknown, forged or expired token, and changes nothing', async (t) => {
  const { service, jar, revoke, tokens } = await signedIn(t)
  const claims = claimsOf(tokens.access_token)
  const events = await typesOf(service)
  const expired = jwt(HEADER, { ...claims, exp: service.clock.now() / 1_000 })
  const forged = jwt(HEADER, claims, () => 'AAAA')
  for (const token of ['nonsense', expired, forged, withForgedMac(tokens.refresh_token)]) {
    t.equal((await revoke({ token })).statusCode, 200)
  }
  t.equal((await service.request({ url: '/me', headers: bearer(tokens.access_token) })).statusCode, 200)
  t.equal((await service.request(ME, jar)).statusCode, 200)
  t.strictSame(await typesOf(service), events)
})

t.test('revokes a session by an access token whose role has changed since', async (t) => {
  const { service, revoke, tokens } = await signedIn(t)
  const { accounts } = internalsOf(service.app)
  await accounts.changeAccess(String(claimsOf(tokens.access_token).sub), { role: 'admin' })
  await revoke({ token: tokens.access_token })
  const payload = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  const refreshed = await service.request({ method: 'POST', url: '/auth/token', payload })
  t.match(refreshed.json(), { error: 'invalid_grant' })
})

t.test('raises the alarm for a reused refresh token, as a refresh does', async (t) => {
  const { service, jar, revoke } = await signedIn(t)
  const stolen = jar.get('refresh') as string
  const newer = await refreshAndLose(service, jar)
  await proveReceipt(service, newer)
  service.clock.advance(2 * SETTLE)
  t.equal((await revoke({ token: stolen })).statusCode, 200)
  t.match(await rowOf(service, newer), { revokedReason: 'reuse' })
  t.ok((await typesOf(service)).includes('refresh-reused'))
  t.equal((await service.request(REFRESH, newer)).json().code, 'SESSION_ENDED')
})

t.test('revokes a session by an older refresh token that would still be served', async (t) => {
  const { service, jar, revoke } = await signedIn(t)
  const newer = await refreshAndLose(service, jar)
  t.equal((await revoke({ token: jar.get('refresh') as string })).statusCode, 200)
  t.match(await rowOf(service, newer), { revokedReason: 'logout' })
})

t.test('neither reads nor sets cookies, and refuses a foreign page', async (t) => {
  const { service, jar, revoke, tokens } = await signedIn(t)
  const cookie = jar.header() as string
  const answer = await revoke({ token: tokens.access_token }, { cookie })
  t.equal(answer.headers['set-cookie'], undefined)
  t.equal((await service.request(ME, jar)).statusCode, 200)
  const token = jar.get('refresh') as string
  const foreign = await revoke({ token }, { cookie, 'sec-fetch-site': 'cross-site' })
  t.strictSame([foreign.statusCode, foreign.json().error], [403, 'invalid_request'])
  t.equal((await service.request(ME, jar)).statusCode, 200)
})

t.test('lets pages of trusted origins revoke a token', async (t) => {
  const origin = 'https://app.example.com'
  const { revoke, tokens, service } = await signedIn(t, { environment: { TRUSTED_ORIGINS: origin } })
  const answer = await revoke({ token: tokens.refresh_token }, { origin, 'sec-fetch-site': 'cross-site' })
  t.equal(answer.statusCode, 200)
  t.equal(answer.headers['access-control-allow-origin'], origin)
  t.equal((await service.request({ url: '/me', headers: bearer(tokens.access_token) })).statusCode, 401)
})

t.test('refuses a malformed revocation as invalid_request', async (t) => {
  const { service, revoke } = await signedIn(t)
  const none: Record<string, string> = {}
  for (const fields of [none, { token: '' }, { tokens: 'x' }, { token: 'x'.repeat(5_000) }]) {
    const answer = await revoke(fields)
    t.strictSame([answer.statusCode, answer.json().error], [400, 'invalid_request'])
  }
  const twice = { method: 'POST', url: '/auth/revoke', headers: { 'content-type': FORM } } as const
  t.equal((await service.request({ ...twice, payload: 'token=a&token=b' })).json().error, 'invalid_request')
  const text = { ...twice, headers: { 'content-type': 'text/xml' }, payload: 'token=a' }
  t.equal((await service.request(text)).statusCode, 415)
})

t.test('counts revocations for their address', async (t) => {
  const { revoke } = await signedIn(t, { environment: { RATE_LIMIT_MAX: 5 } })
  const statuses = []
  for (let count = 0; count < 6; count += 1) statuses.push((await revoke({ token: 'guess' })).statusCode)
  t.equal(statuses.at(-1), 429)
})

t.test('answers 503 while the database is gone, and revokes nothing', async (t) => {
  const { service, revoke, tokens } = await signedIn(t)
  await internalsOf(service.app).store.close()
  const answer = await revoke({ token: tokens.refresh_token })
  t.strictSame([answer.statusCode, answer.json().error], [503, 'temporarily_unavailable'])
})
