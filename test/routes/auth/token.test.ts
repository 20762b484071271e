import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp } from '../../support/app.ts'
import { buildHost, environment, whole } from '../../support/host.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { DAY } from '../../support/rotation.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'

const json = (payload: object) => ({ method: 'POST', url: '/auth/token', payload }) as const
const form = (fields: Record<string, string>) =>
  ({
    method: 'POST',
    url: '/auth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  }) as const
const byPassword = { grant_type: 'password', username: 'ada@example.com', password: PASSWORD }

/** RFC 6749 section 5.2, with no challenge: that belongs to a 401. */
function isOAuthRefusal(
  t: Test,
  response: LightMyRequestResponse,
  error: string,
  error_description: string,
  status = 400,
): void {
  t.equal(response.statusCode, status)
  t.strictSame(response.json(), { error, error_description })
  t.equal(response.headers['cache-control'], 'no-store')
  t.equal(response.headers.pragma, 'no-cache')
  t.equal(response.headers['www-authenticate'], undefined)
}

for (const [name, request] of [
  ['a form', form],
  ['JSON', json],
] as const) {
  t.test(`returns a token pair for a password, asked for with ${name}`, async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const response = await service.request(request(byPassword))
    t.equal(response.statusCode, 200)
    const { access_token, refresh_token } = response.json()
    t.strictSame(response.json(), {
      access_token,
      token_type: 'bearer',
      expires_in: 900,
      refresh_token,
      scope: '',
    })
    t.match(refresh_token, /^tacit_rt_[\w-]{72}$/)
    t.match(claimsOf(access_token), { role: 'user', gen: 1, exp: service.clock.now() / 1_000 + 900 })
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers.pragma, 'no-cache')
    t.same(setCookies(response), [], 'no cookie')
    t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).statusCode, 200)
  })

  t.test(`returns the next pair for a refresh token, asked for with ${name}`, async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const { access_token, refresh_token } = await fetchTokens(service)
    service.clock.advance(60)
    const response = await service.request(request({ grant_type: 'refresh_token', refresh_token }))
    t.equal(response.statusCode, 200)
    t.not(response.json().refresh_token, refresh_token)
    const { sub, sid } = claimsOf(access_token)
    t.match(claimsOf(response.json().access_token), { sub, sid, gen: 2 })
    t.equal(response.headers['cache-control'], 'no-store')
    t.equal(response.headers.pragma, 'no-cache')
    t.same(setCookies(response), [])
  })

  t.test(`names a missing or unknown parameter, asked with ${name}`, async (t) => {
    const service = await buildApp(t)
    const missing = (parameter: string) => `The parameter ${parameter} is missing`
    const cases: readonly (readonly [Record<string, string>, string, string])[] = [
      [{ username: 'a' }, 'invalid_request', missing('grant_type')],
      [{ grant_type: 'password' }, 'invalid_request', missing('username')],
      [{ grant_type: 'password', username: 'a' }, 'invalid_request', missing('password')],
      [{ grant_type: 'password', username: 'a', password: '' }, 'invalid_request', missing('password')],
      [{ grant_type: 'refresh_token' }, 'invalid_request', missing('refresh_token')],
      [{ grant_type: 'refresh_token', refresh_token: '' }, 'invalid_request', missing('refresh_token')],
      ...[
        'authorization_code',
        'client_credentials',
        'implicit',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        'urn:ietf:params:oauth:grant-type:device_code',
        'PASSWORD',
        '__proto__',
      ].map(
        (grant_type) =>
          [
            { grant_type },
            'unsupported_grant_type',
            'This grant type is not supported: use password or refresh_token',
          ] as const,
      ),
    ]
    for (const [fields, error, description] of cases) {
      isOAuthRefusal(t, await service.request(request(fields)), error, description)
    }
  })
}

t.test('gives each access token an id of its own, also within a second and a generation', async (t) => {
  const service = await buildApp(t)
  const registered = await signUp(service)
  const signedIn = await signIn(service)
  const { access_token, refresh_token } = await fetchTokens(service)
  const tokens = [registered.get('access'), signedIn.get('access'), access_token] as string[]
  for (let time = 0; time < 20; time += 1) {
    const response = await service.request(json({ grant_type: 'refresh_token', refresh_token }))
    tokens.push(response.json().access_token)
  }
  const claims = tokens.map(claimsOf)
  t.equal(new Set(claims.map(({ iat }) => iat)).size, 1)
  t.equal(new Set(claims.map(({ jti }) => jti)).size, tokens.length)
  for (const { jti, client_id } of claims) {
    t.match(jti, /^[\w-]{22}$/)
    t.equal(client_id, 'tacit')
  }
})

t.test('the jitter shortens exp, and expires_in, the cookie and the cache follow it', async (t) => {
  const service = await buildApp(t, { jitter: () => 0.999 })
  const jar = await signUp(service)
  const login = await service.request(
    {
      method: 'POST',
      url: '/auth/login',
      payload: { email: 'ada@example.com', password: PASSWORD, remember: true },
    },
    jar,
  )
  t.match(
    setCookies(login).find((line) => line.startsWith('access=')),
    /; Max-Age=855;/,
  )
  const response = await service.request(json(byPassword))
  const { access_token, expires_in } = response.json()
  t.equal(expires_in, 855)
  t.equal(claimsOf(access_token).exp, service.clock.now() / 1_000 + 855)
  service.clock.advance(854)
  t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).statusCode, 200)
  service.clock.advance(1)
  t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).statusCode, 401)
})

t.test('draws the lifetime of each access token at random if no other source is given', async (t) => {
  const { app, start } = await buildHost(t, async (host) => host.register(whole, { environment }))
  await start()
  const register = { email: 'ada@example.com', password: PASSWORD }
  await app.inject({ method: 'POST', url: '/auth/register', payload: register })
  const { refresh_token } = (await app.inject(json(byPassword))).json()
  const lives = new Set<number>()
  // Thirty equal lifetimes among 46 possible ones do not happen by chance.
  for (let time = 0; time < 30; time += 1) {
    const response = await app.inject(json({ grant_type: 'refresh_token', refresh_token }))
    lives.add(response.json().expires_in)
  }
  t.ok(lives.size > 1)
  t.ok(Math.min(...lives) >= 855 && Math.max(...lives) <= 900)
})

t.test('the refresh token of a password lives for the idle limit of a remembered session', async (t) => {
  const service = await buildApp(t, { environment: { SESSION_IDLE_TTL: '3d' } })
  await signUp(service)
  const refresh = (refresh_token: string) =>
    service.request(json({ grant_type: 'refresh_token', refresh_token }))
  const [used, unused] = [await fetchTokens(service), await fetchTokens(service)]

  service.clock.advance(3 * DAY - 0.001)
  const next = await refresh(used.refresh_token)
  t.equal(next.statusCode, 200)
  service.clock.advance(0.001)
  t.equal((await refresh(unused.refresh_token)).statusCode, 400)

  service.clock.advance(3 * DAY - 0.002)
  t.equal((await refresh(next.json().refresh_token)).statusCode, 200, 'a refresh moves the limit')
})

t.test('ignores unknown parameters, as RFC 6749 section 3.2 requires', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const others = { client_id: 'mine', audience: 'movies', resource: 'https://movies.example.com' }
  for (const scope of ['everything', 'users:read users:write', '']) {
    const first = await service.request(form({ ...byPassword, ...others, scope }))
    const { refresh_token } = first.json()
    const fields = { grant_type: 'refresh_token', refresh_token, ...others, scope }
    for (const response of [first, await service.request(form(fields))]) {
      t.equal(response.statusCode, 200)
      t.equal(response.json().scope, '', 'the role decides')
      const { iss, ...claims } = claimsOf(response.json().access_token)
      t.match(claims, { scope: '', role: 'user', aud: iss })
    }
  }
})

t.test('reads a form as UTF-8, and answers in printable ASCII without quotes and backslashes', async (t) => {
  const service = await buildApp(t)
  const password = 'größer als die 🦊 dachte'
  await signUp(service, undefined, password)
  t.equal((await service.request(form({ ...byPassword, password }))).statusCode, 200)

  const strange = '"\\ü'
  const fields = [{ grant_type: strange }, { grant_type: 'password', username: strange }, { [strange]: '=' }]
  for (const each of fields) {
    const { error, error_description } = (await service.request(form(each))).json()
    for (const text of [error, error_description]) t.match(text, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
  }
})

t.test('returns the permissions of the role as scope', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const user = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
  if (user) await internalsOf(service.app).accounts.setRole(user, 'admin')
  const { scope, access_token } = (await service.request(json(byPassword))).json()
  t.equal(scope, 'users:read users:write sessions:read sessions:end events:read')
  t.match(claimsOf(access_token), { role: 'admin', scope })
})

t.test('refuses an unknown, wrong or disabled account with the same answer', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  await signUp(service, 'bo@example.com')
  const bo = await internalsOf(service.app).accounts.findByEmail('bo@example.com')
  if (bo) await internalsOf(service.app).accounts.setDisabled(bo, true)
  for (const change of [{ username: 'nobody' }, { password: 'wrong' }, { username: 'bo@example.com' }]) {
    isOAuthRefusal(
      t,
      await service.request(json({ ...byPassword, ...change })),
      'invalid_grant',
      'E-mail address or password is not correct',
    )
  }
})

t.test('refuses a bad refresh token as invalid_grant', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const { access_token, refresh_token } = await fetchTokens(service)
  const refresh = (token: string) =>
    service.request(json({ grant_type: 'refresh_token', refresh_token: token }))
  const refused = async (token: string) =>
    isOAuthRefusal(t, await refresh(token), 'invalid_grant', 'Could not validate credentials')

  await refused('nonsense')
  await refused(access_token)

  service.clock.advance(60)
  const next = (await refresh(refresh_token)).json()
  service.clock.advance(120)
  await service.request({ url: '/me', headers: bearer(next.access_token) })
  service.clock.advance(120)
  await refused(refresh_token)
  await refused(next.refresh_token)
})

t.test('neither reads nor sets cookies', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const before = browser.copy()
  isOAuthRefusal(
    t,
    await service.request(json({ grant_type: 'refresh_token' }), browser),
    'invalid_request',
    'The parameter refresh_token is missing',
  )
  await service.request(json(byPassword), browser)
  t.same([...browser.cookies], [...before.cookies])
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('refuses a malformed request as invalid_request', async (t) => {
  const service = await buildApp(t)
  const send = (contentType: string, payload: string) =>
    service.request({
      method: 'POST',
      url: '/auth/token',
      headers: { 'content-type': contentType },
      payload,
    })
  const FORM = 'application/x-www-form-urlencoded'
  isOAuthRefusal(
    t,
    await send('application/json', '{'),
    'invalid_request',
    "Body is not valid JSON but content-type is set to 'application/json'",
  )
  isOAuthRefusal(
    t,
    await send(FORM, 'grant_type=password&grant_type=refresh_token'),
    'invalid_request',
    'body/grant_type must be string',
  )
  for (const [name, value] of Object.entries(byPassword)) {
    const twice = new URLSearchParams([...Object.entries(byPassword), [name, value]])
    const refused = await send(FORM, `${twice}`)
    isOAuthRefusal(t, refused, 'invalid_request', `body/${name} must be string`)
  }
  isOAuthRefusal(
    t,
    await send('application/json', '{"grant_type":1}'),
    'invalid_request',
    'body/grant_type must be string',
  )
  isOAuthRefusal(t, await send('application/json', '[]'), 'invalid_request', 'body must be object')
  isOAuthRefusal(
    t,
    await send('text/xml', '<a/>'),
    'invalid_request',
    'The media type of the request body is not supported here: send application/x-www-form-urlencoded or application/json',
    415,
  )
  isOAuthRefusal(
    t,
    await send(FORM, `refresh_token=${'x'.repeat(1_000_000)}`),
    'invalid_request',
    'The request body is too large',
    413,
  )
})

t.test('reports a failing database as temporarily unavailable, with Retry-After', async (t) => {
  const service = await buildApp(t)
  await internalsOf(service.app).store.close()
  const response = await service.request(json(byPassword))
  isOAuthRefusal(
    t,
    response,
    'temporarily_unavailable',
    'The service cannot reach its data, try again in a moment',
    503,
  )
  t.equal(response.headers['retry-after'], '1')
})

t.test('reports an unexpected error as server_error without details', async (t) => {
  const service = await buildApp(t)
  internalsOf(service.app).tokenGrants.exchange = () => Promise.reject(new Error('the secret of the house'))
  isOAuthRefusal(
    t,
    await service.request(json(byPassword), new Jar()),
    'server_error',
    'Something went wrong on our side',
    500,
  )
})
