import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { person } from '../../support/administration.ts'
import { buildApp, signUp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { basic, type ClientCredentials, registerClient } from '../../support/clients.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { busy, withDriver } from '../../support/database-faults.ts'
import type { Jar } from '../../support/jar.ts'
import { DAY, LOGOUT, ME, proveReceipt, REFRESH, refreshAndLose, SETTLE } from '../../support/rotation.ts'
import { claimOf, forget, rowOf } from '../../support/rows.ts'
import { hearStatements } from '../../support/statements.ts'
import { bearer, claimsOf, fetchTokens, HEADER, hmac, jwt, withForgedMac } from '../../support/tokens.ts'

const FORM = 'application/x-www-form-urlencoded'
const INACTIVE = { active: false }

interface Introspecting {
  readonly service: TestApp
  readonly client: ClientCredentials
  readonly jar: Jar
  ask(token: string | undefined, more?: Record<string, string>): Promise<LightMyRequestResponse>
  answer(token: string | undefined): Promise<Record<string, unknown>>
}

async function introspecting(t: Test, options: TestAppOptions = {}): Promise<Introspecting> {
  const service = await buildApp(t, options)
  const client = await registerClient(service)
  const jar = await signUp(service)
  const ask: Introspecting['ask'] = (token = '', more = {}) =>
    service.request({
      method: 'POST',
      url: '/auth/introspect',
      headers: { ...client.headers, 'content-type': FORM },
      payload: new URLSearchParams({ token, ...more }).toString(),
    })
  return { service, client, jar, ask, answer: async (token) => (await ask(token)).json() }
}

t.test('tells of an access token what the service knows, asked with a form or with JSON', async (t) => {
  const { service, client, jar, ask } = await introspecting(t, { roles: { editor: ['movies:write'] } })
  const account = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
  if (account) await internalsOf(service.app).accounts.setRole(account, 'editor')
  await service.request(REFRESH, jar)
  const token = jar.get('access') as string
  const { gen: _gen, user_id: _userId, ...claims } = claimsOf(token)
  const expected = { active: true, ...claims, username: 'ada@example.com', token_type: 'Bearer' }
  t.match(expected, {
    role: 'editor',
    scope: 'movies:write',
    iss: 'http://localhost',
    aud: 'http://localhost',
  })

  const byForm = await ask(token)
  t.strictSame([byForm.statusCode, byForm.json()], [200, expected])
  t.match(byForm.headers['content-type'], /^application\/json/)
  t.equal(byForm.headers['cache-control'], 'no-store')
  t.equal(byForm.headers['set-cookie'], undefined)
  const { headers } = client
  const payload = { token }
  const byJson = await service.request({ method: 'POST', url: '/auth/introspect', headers, payload })
  t.strictSame(byJson.json(), expected)
  for (const token_type_hint of ['access_token', 'refresh_token', 'saml2', ''])
    t.strictSame((await ask(token, { token_type_hint })).json(), expected)
})

t.test('tells of a refresh token its account, session and end', async (t) => {
  const { service, jar, ask } = await introspecting(t)
  const token = jar.get('refresh') as string
  const { id: sid, userId: sub, idleExpiresAt, authenticatedAt } = await rowOf(service, jar)
  const expected = {
    active: true,
    iss: 'http://localhost',
    sub,
    sid,
    username: 'ada@example.com',
    exp: Math.floor(idleExpiresAt / 1_000),
    auth_time: Math.floor(authenticatedAt / 1_000),
  }
  for (const token_type_hint of ['refresh_token', 'access_token'])
    t.strictSame((await ask(token, { token_type_hint })).json(), expected)
})

t.test('tells of a token that is not good only that it is inactive', async (t) => {
  const { service, jar, answer } = await introspecting(t)
  const [access, refresh] = [jar.get('access') as string, jar.get('refresh') as string]
  const claims = claimsOf(access)
  const [head, payload] = access.split('.')
  const wrong: Record<string, string> = {
    nonsense: 'nonsense',
    'two dots': '..',
    'a forged signature': `${head}.${payload}.${hmac('another key')(`${head}.${payload}`)}`,
    'no signature': jwt({ ...HEADER, alg: 'none' }, claims, () => ''),
    'another type': jwt({ ...HEADER, typ: 'JWT' }, claims),
    'another audience': jwt(HEADER, { ...claims, aud: 'https://other.example' }),
    'another issuer': jwt(HEADER, { ...claims, iss: 'https://other.example' }),
    'a time to come': jwt(HEADER, { ...claims, nbf: Number(claims.exp) - 1 }),
    'an expired token': jwt(HEADER, { ...claims, exp: service.clock.now() / 1_000 }),
    'an unknown session': jwt(HEADER, { ...claims, sid: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    'a forged refresh token': withForgedMac(refresh),
    'a refresh token of an unknown session': `tacit_rt_${Buffer.alloc(54, 1).toString('base64url')}`,
    'a part of a refresh token': refresh.slice(0, -1),
    'a device cookie': jar.get('device') as string,
  }
  for (const [title, token] of Object.entries(wrong)) t.strictSame(await answer(token), INACTIVE, title)
  t.match(await answer(access), { active: true })
  t.match(await answer(refresh), { active: true })
})

t.test('is inactive from the moment at which the service refuses the token', async (t) => {
  const { service, jar, answer } = await introspecting(t)
  const access = jar.get('access')
  service.clock.advance(15 * 60 - 0.001)
  t.match(await answer(access), { active: true })
  service.clock.advance(0.001)
  t.strictSame(await answer(access), INACTIVE)
  t.match(await answer(jar.get('refresh')), { active: true })
  service.clock.advance(30 * DAY)
  t.strictSame(await answer(jar.get('refresh')), INACTIVE, 'past the idle limit')
})

t.test('is inactive at once after a sign-out, a disabling or a new role', async (t) => {
  const { service, answer } = await introspecting(t)
  const { accounts } = internalsOf(service.app)
  const cases: Record<string, (id: string, jar: Jar) => Promise<unknown>> = {
    out: (_id, jar) => service.request(LOGOUT, jar.copy()),
    disabled: (id) => accounts.changeAccess(id, { disabled: true }),
    promoted: (id) => accounts.changeAccess(id, { role: 'admin' }),
    renewing: (id) => accounts.changeAccess(id, { passwordChangeRequired: true }),
  }
  for (const [name, end] of Object.entries(cases)) {
    const { id, jar } = await person(service, name)
    const [access, refresh] = [jar.get('access'), jar.get('refresh')]
    t.match(await answer(access), { active: true }, name)
    await end(id, jar)
    t.strictSame(await answer(access), INACTIVE, name)
    const isAlive = name === 'promoted' || name === 'renewing'
    t.equal(
      (await answer(refresh)).active,
      isAlive,
      `${name}: the session ${isAlive ? 'goes on' : 'has ended'}`,
    )
  }
})

t.test('neither rotates, proves a receipt, raises an alarm nor records anything', async (t) => {
  const { service, jar, answer } = await introspecting(t)
  const first = jar.copy()
  const newer = await refreshAndLose(service, jar)
  await proveReceipt(service, newer)
  service.clock.advance(2 * SETTLE)
  t.strictSame(await answer(first.get('refresh')), INACTIVE, 'a reused token')
  const older = await refreshAndLose(service, newer)
  service.clock.advance(2 * SETTLE)
  const row = await rowOf(service, older)
  const events = await internalsOf(service.app).store.listEvents(50)
  const heard = await hearStatements(t).during(async () => {
    for (const jar of [newer, older]) {
      t.match(await answer(jar.get('refresh')), { active: true })
      await forget(service, older)
      await answer(jar.get('access'))
      await answer(jar.get('access'))
    }
  })
  t.ok(heard.length > 0)
  t.strictSame(
    heard.filter((sql) => !/^(select|pragma data_version)/i.test(sql)),
    [],
  )
  t.strictSame(await rowOf(service, older), row)
  t.strictSame(await internalsOf(service.app).store.listEvents(50), events)
  t.equal((await service.request(ME, older)).statusCode, 200)
  t.equal(claimOf(service, older).generation, row.generation, 'the token was not used up')
})

t.test('admits a user whose role has the permission, and no other caller', async (t) => {
  const { service, client, jar } = await introspecting(t, { roles: { gateway: ['tokens:introspect'] } })
  const token = jar.get('access') as string
  const gateway = await person(service, 'gateway', 'gateway')
  const root = await person(service, 'root', 'admin')
  await service.request(REFRESH, gateway.jar)
  const { access_token } = await fetchTokens(service, 'gateway@example.com')
  const ask = (headers: Record<string, string>, by?: Jar) =>
    service.request({ method: 'POST', url: '/auth/introspect', headers, payload: { token } }, by)
  t.match((await ask(bearer(access_token))).json(), { active: true })
  t.match((await ask({}, gateway.jar)).json(), { active: true })

  const refused = async (
    answer: LightMyRequestResponse,
    status: number,
    error: string,
    challenge: RegExp,
  ) => {
    t.equal(answer.statusCode, status)
    t.equal(answer.json().error, error)
    t.equal(typeof answer.json().error_description, 'string')
    t.match(String(answer.headers['www-authenticate']), challenge)
    t.equal(answer.headers['cache-control'], 'no-store')
  }
  await refused(await ask({}), 401, 'invalid_client', /^Basic realm="http:\/\/localhost", charset="UTF-8"$/)
  await refused(await ask(basic(client.id, 'wrong')), 401, 'invalid_client', /^Basic /)
  await refused(await ask(bearer('nonsense')), 401, 'invalid_token', /^Bearer .*error="invalid_token"/)
  const scope = /^Bearer .*error="insufficient_scope", scope="tokens:introspect"/
  const ofRoot = await fetchTokens(service, 'root@example.com')
  await refused(await ask(bearer(ofRoot.access_token)), 403, 'insufficient_scope', scope)
  t.equal((await ask({}, root.jar)).json().error, 'insufficient_scope')
  t.equal((await ask({ ...bearer(token) })).statusCode, 403, 'its own token is no right to ask')
})

t.test('refuses a malformed request as invalid_request', async (t) => {
  const { service, client, jar } = await introspecting(t)
  const token = jar.get('access') as string
  const send = (type: string, payload: string, url = '/auth/introspect') =>
    service.request({ method: 'POST', url, headers: { ...client.headers, 'content-type': type }, payload })
  const cases: readonly (readonly [type: string, payload: string, status: number])[] = [
    [FORM, '', 400],
    [FORM, 'token=', 400],
    [FORM, 'tokens=x', 400],
    [FORM, `token=${token}&token=${token}`, 400],
    [FORM, `token=${'x'.repeat(4_097)}`, 400],
    [FORM, `token=${'x'.repeat(100_000)}`, 413],
    [FORM, `token=x&token_type_hint=${'x'.repeat(300)}`, 400],
    ['application/json', '{"token": ', 400],
    ['application/json', '{"token": 5}', 400],
    ['application/json', '{"token": ["x"]}', 400],
    ['application/json', '"x"', 400],
    ['text/plain', token, 400],
    ['text/xml', token, 415],
    ['multipart/form-data; boundary=x', '--x--', 415],
  ]
  for (const [type, payload, status] of cases) {
    const answer = await send(type, payload)
    t.equal(answer.statusCode, status, payload.slice(0, 40))
    t.equal(answer.json().error, 'invalid_request')
    t.notOk(answer.body.includes(token))
  }
  t.equal((await send(FORM, '', `/auth/introspect?token=${token}`)).statusCode, 400, 'not from the address')
  const get = await service.request({ url: `/auth/introspect?token=${token}`, headers: client.headers })
  t.equal(get.statusCode, 405)
  t.strictSame((await send(FORM, `token=${'x'.repeat(4_096)}`)).json(), INACTIVE)
})

t.test('answers 503 while the database is busy, and tells the truth afterwards', async (t) => {
  const path = temporaryDatabase(t)
  const environment = { DATABASE_URL: `file:${path}` }
  const [{ service, jar, ask, answer }] = await withDriver(() => introspecting(t, { environment }))
  const fault = busy(t, path)
  fault.begin()
  t.match(await answer(jar.get('refresh')), { active: true }, 'a reader waits for no writer')
  fault.end()
  await internalsOf(service.app).store.close()
  const gone = await ask(jar.get('access'))
  t.equal(gone.statusCode, 503)
  t.match(gone.json(), { error: 'temporarily_unavailable' })
  t.ok(Number(gone.headers['retry-after'] ?? 1) > 0)
})

t.test('logs no token and no secret of an introspection or a revocation', async (t) => {
  const lines: string[] = []
  const options = { log: (line: string) => lines.push(line), environment: { LOG_LEVEL: 'trace' } } as const
  const { service, client, jar, ask } = await introspecting(t, options)
  const tokens = [jar.get('access') as string, jar.get('refresh') as string]
  for (const token of tokens) {
    await ask(token)
    await ask(token, { client_id: client.id, client_secret: client.secret })
    await service.request({ method: 'POST', url: `/auth/introspect?token=${token}`, headers: client.headers })
    const payload = { token }
    for (const url of ['/auth/introspect', '/auth/revoke'])
      await service.request({ method: 'POST', url, headers: basic(client.id, `${client.secret}x`), payload })
    await service.request({ method: 'POST', url: '/auth/revoke', payload: `{"token":"${token}` })
  }
  const written = lines.join('') + JSON.stringify(await internalsOf(service.app).store.listEvents(50))
  t.ok(written.includes('client-refused') && written.includes('signed-out'))
  const { secret, headers } = client
  for (const hidden of [...tokens, secret, headers.authorization, 'tacit_cs_', 'tacit_rt_', 'eyJ'])
    t.notOk(written.includes(hidden), hidden)
})
