import { setImmediate as nextTurn } from 'node:timers/promises'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { buildApp, PASSWORD, signUp } from '../support/app.ts'
import { snapshot, temporaryDatabase } from '../support/database.ts'
import { Jar } from '../support/jar.ts'
import { isRefusal, malformed, type Refusal, unproved } from '../support/refusals.ts'
import { rowOf } from '../support/rows.ts'

const path = temporaryDatabase(t)
const service = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
const browser = await signUp(service)
// The first use of a generation is recorded, which no request waits for.
await service.request({ url: '/me' }, browser)
while ((await rowOf(service, browser)).usedAt === null) await nextTurn()

const ada = { email: 'ada@example.com', password: PASSWORD }
const json = { 'content-type': 'application/json' }
const post = (url: string, payload: string | object, headers: Record<string, string> = json) =>
  ({ method: 'POST', url, payload, headers }) as const

const NOT_JSON = malformed("Body is not valid JSON but content-type is set to 'application/json'")
const TOO_LARGE = { status: 413, code: 'BODY_TOO_LARGE', message: 'The request body is too large' }
const NOT_UNDERSTOOD = {
  status: 415,
  code: 'UNSUPPORTED_MEDIA_TYPE',
  message: 'The media type of the request body is not supported here: send application/json',
}
const NOT_WELL_FORMED = malformed('The request is not well formed')
const NOTHING_HERE = { status: 404, code: 'NOT_FOUND', message: 'There is nothing here' }
const LOGIN_FAILED = {
  status: 401,
  code: 'LOGIN_FAILED',
  message: 'E-mail address or password is not correct',
}

const bodies: readonly (readonly [string, InjectOptions, Refusal])[] = [
  ['half a body', post('/auth/login', '{"email":"ada@example.com","password":"hunt'), NOT_JSON],
  ['no JSON at all', post('/auth/login', 'email=ada'), NOT_JSON],
  ['a byte order mark and nothing else', post('/auth/login', '\ufeff'), NOT_JSON],
  ['a prototype', post('/auth/login', '{"__proto__":{"role":"admin"},"email":"a","password":"b"}'), NOT_JSON],
  [
    'a constructor',
    post('/auth/login', '{"constructor":{"prototype":{"role":"admin"}},"email":"a","password":"b"}'),
    NOT_JSON,
  ],
  ['nothing, called JSON', post('/auth/login', ''), malformed('body must be object')],
  ['nothing', { method: 'POST', url: '/auth/login' }, malformed('body must be object')],
  ['null', post('/auth/login', 'null'), malformed('body must be object')],
  ['a list', post('/auth/login', '[]'), malformed('body must be object')],
  ['a string', post('/auth/login', '"ada"'), malformed('body must be object')],
  [
    'nested ten thousand deep',
    post('/auth/login', '['.repeat(10_000) + ']'.repeat(10_000)),
    malformed('body must be object'),
  ],
  [
    'plain text',
    post('/auth/login', 'ada', { 'content-type': 'text/plain' }),
    malformed('body must be object'),
  ],
  ['XML', post('/auth/login', '<a/>', { 'content-type': 'text/xml' }), NOT_UNDERSTOOD],
  [
    'a form, which any page can post',
    post('/auth/login', 'email=ada%40example.com&password=x', {
      'content-type': 'application/x-www-form-urlencoded',
    }),
    NOT_UNDERSTOOD,
  ],
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'].flatMap((type) =>
    ['/auth/login', '/auth/register', '/me/password'].map(
      (url) =>
        [
          `JSON called ${type} for ${url}`,
          post(url, JSON.stringify(ada), { 'content-type': type }),
          NOT_UNDERSTOOD,
        ] as const,
    ),
  ),
  ...['/auth/register', '/me/password'].map(
    (url) =>
      [
        `JSON called text for ${url}`,
        post(url, JSON.stringify(ada), { 'content-type': 'text/plain' }),
        malformed('body must be object'),
      ] as const,
  ),
  ['a megabyte', post('/auth/login', { ...ada, password: 'x'.repeat(1_000_000) }), TOO_LARGE],
  ['a megabyte to register', post('/auth/register', { ...ada, name: 'x'.repeat(1_000_000) }), TOO_LARGE],
  [
    'no password',
    post('/auth/login', { email: ada.email }),
    malformed("body must have required property 'password'"),
  ],
  [
    'a number for a password',
    post('/auth/login', { ...ada, password: 1 }),
    malformed('body/password must be string'),
  ],
  [
    'a condition for a password',
    post('/auth/login', { ...ada, password: { $ne: '' } }),
    malformed('body/password must be string'),
  ],
  [
    'a list of addresses',
    post('/auth/login', { ...ada, email: [ada.email] }),
    malformed('body/email must be string'),
  ],
  [
    '"yes" for remember',
    post('/auth/login', { ...ada, remember: 'yes' }),
    malformed('body/remember must be boolean'),
  ],
  [
    '1 for remember',
    post('/auth/login', { ...ada, remember: 1 }),
    malformed('body/remember must be boolean'),
  ],
  [
    'an unknown field at sign-in',
    post('/auth/login', { ...ada, role: 'admin' }),
    malformed('body must not have the property "role"'),
  ],
  [
    'a role at registration',
    post('/auth/register', { email: 'eve@example.com', password: PASSWORD, role: 'admin' }),
    malformed('body must not have the property "role"'),
  ],
  ...['hint', 'passwordHint', 'securityQuestion', 'securityAnswer', 'id', 'passwordHash', 'disabled'].map(
    (field) =>
      [
        `a ${field} at registration`,
        post('/auth/register', { email: 'eve@example.com', password: PASSWORD, [field]: 'a pet' }),
        malformed(`body must not have the property "${field}"`),
      ] as const,
  ),
  [
    'a code beside the password',
    post('/auth/login', { ...ada, code: '000000' }),
    malformed('body must not have the property "code"'),
  ],
  [
    'a code in place of the password',
    post('/auth/login', { email: ada.email, code: '000000' }),
    malformed("body must have required property 'password'"),
  ],
  [
    'an unknown field with a long name, cut short',
    post('/auth/login', { ...ada, ['x'.repeat(100)]: 1 }),
    malformed(`body must not have the property "${'x'.repeat(64)}"`),
  ],
  [
    'a password longer than any rule allows',
    post('/auth/login', { ...ada, password: 'x'.repeat(1_025) }),
    malformed('body/password must NOT have more than 1024 characters'),
  ],
  ['SQL for an address', post('/auth/login', { ...ada, email: "' OR 1=1 --" }), LOGIN_FAILED],
  ['a zero byte in the address', post('/auth/login', { ...ada, email: 'ada@example.com\0' }), LOGIN_FAILED],
  ['half a character in the address', post('/auth/login', { ...ada, email: '\ud800' }), LOGIN_FAILED],
  [
    'half a character in the password',
    post('/auth/login', '{"email":"a","password":"\\ud800"}'),
    LOGIN_FAILED,
  ],
  [
    'a password that cannot be typed',
    post('/auth/register', '{"email":"eve@example.com","password":"fifteen and more \\ud800"}'),
    {
      status: 422,
      code: 'PASSWORD_REJECTED',
      reason: 'not-text',
      message: 'Use characters that can be typed.',
    },
  ],
  ['a path that is not there', { method: 'POST', url: '/auth/logins', payload: ada }, NOTHING_HERE],
  [
    'a method that is not there',
    { method: 'PUT', url: '/auth/login', payload: ada },
    {
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      message: 'This path does not support PUT. It supports POST',
    },
  ],
  [
    'a parameter that is too long',
    { method: 'DELETE', url: `/me/sessions/${'a'.repeat(500)}` },
    NOT_WELL_FORMED,
  ],
  ['a path that cannot be decoded', { url: '/me/%zz' }, NOT_WELL_FORMED],
]

for (const [what, request, refusal] of bodies) {
  t.test(`refuses ${what} with ${refusal.status} ${refusal.code}`, async (t) => {
    const before = snapshot(path)
    isRefusal(t, await service.request(request, browser.copy()), refusal)
    t.strictSame(snapshot(path), before, 'nothing changed')
  })
}

const NOTHING: readonly (readonly [who: string, type: string])[] = [
  ['a form without fields, axios and curl -d', 'application/x-www-form-urlencoded'],
  ['a form with its charset', 'application/x-www-form-urlencoded;charset=UTF-8'],
  ['an empty multipart form', 'multipart/form-data; boundary=x'],
  ['fetch with an empty text', 'text/plain;charset=UTF-8'],
  ['a client of JSON', 'application/json'],
  ['a client that names no type right', 'nonsense'],
]

for (const [who, type] of NOTHING) {
  t.test(`takes an empty body for none, as ${who} sends it`, async (t) => {
    const jar = browser.copy()
    const empty = { payload: '', headers: { 'content-type': type, 'content-length': '0' } }
    t.equal((await service.request({ method: 'DELETE', url: '/me/sessions', ...empty }, jar)).statusCode, 204)
    t.equal((await service.request({ method: 'POST', url: '/auth/logout', ...empty })).statusCode, 204)
    isRefusal(
      t,
      await service.request({ method: 'POST', url: '/auth/login', ...empty }),
      malformed('body must be object'),
    )
  })
}

t.test('refuses a form with fields where no body is read', async (t) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  isRefusal(t, await service.request(post('/auth/logout', 'a=b', form)), NOT_UNDERSTOOD)
})

t.test('keeps the type of a body that a parser of the application reads', async (t) => {
  const { app } = await buildApp(t, {
    routes(scope) {
      scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
      scope.post('/any', { config: { auth: 'public' } }, async ({ headers, body }) => ({
        type: headers['content-type'],
        body,
      }))
    },
  })
  const headers = { 'content-type': 'text/xml' }
  const response = await app.inject({ method: 'POST', url: '/any', payload: '<a/>', headers })
  t.strictSame(response.json(), { type: 'text/xml', body: '<a/>' })
})

t.test('takes an empty form at the token endpoint for a form', async (t) => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' }
  const response = await service.request(post('/auth/token', '', form))
  t.strictSame(response.json(), {
    error: 'invalid_request',
    error_description: 'The parameter grant_type is missing',
  })
})

const access = browser.get('access') as string
const refresh = browser.get('refresh') as string

const cookies: readonly (readonly [string, string, Refusal])[] = [
  ['empty cookies', 'access=; refresh=', unproved('TOKEN_MISSING')],
  ['cookies of other names', 'Access=x; Refresh=y; xaccess=z; refresh2=a', unproved('TOKEN_MISSING')],
  ['a name without a value', 'access; refresh', unproved('TOKEN_MISSING')],
  ['noise', ';;==;;;  ;\t;=access;=refresh', unproved('TOKEN_MISSING')],
  ['an access token that is nonsense', 'access=nonsense', unproved('TOKEN_INVALID')],
  ['a refresh token that is nonsense', 'refresh=nonsense', unproved('TOKEN_INVALID')],
  ['quotation marks around it', `refresh="${refresh}"`, unproved('TOKEN_INVALID')],
  ['a refresh token cut short', `refresh=${refresh.slice(0, -1)}`, unproved('TOKEN_INVALID')],
  ['a refresh token with an appendix', `refresh=${refresh}A`, unproved('TOKEN_INVALID')],
  [
    'a refresh token of another version',
    `refresh=${refresh.slice(0, 9)}${Buffer.from([2, ...Buffer.from(refresh.slice(9), 'base64url').subarray(1)]).toString('base64url')}`,
    unproved('TOKEN_INVALID'),
  ],
  [
    'a refresh token for a session that is not there',
    `refresh=tacit_rt_${Buffer.from([1, ...Buffer.alloc(53)]).toString('base64url')}`,
    unproved('SESSION_ENDED', 'unknown'),
  ],
  ['the tokens exchanged', `access=${refresh}; refresh=${access}`, unproved('TOKEN_INVALID')],
  ['two access cookies', `access=${access}; access=${access}`, unproved('COOKIE_AMBIGUOUS', 'access')],
  ['two refresh cookies', `refresh=${refresh}; refresh=x`, unproved('COOKIE_AMBIGUOUS', 'refresh')],
  [
    'two access cookies beside a good refresh cookie',
    `access=x; refresh=${refresh}; access=${access}`,
    unproved('COOKIE_AMBIGUOUS', 'access'),
  ],
  ['sixteen kilobytes', `access=${'x'.repeat(16_000)}`, unproved('TOKEN_INVALID')],
]

for (const [what, cookie, refusal] of cookies) {
  t.test(`refuses a Cookie header with ${what} with ${refusal.status} ${refusal.code}`, async (t) => {
    const before = snapshot(path)
    isRefusal(t, await service.request({ url: '/me', headers: { cookie } }), refusal)
    t.strictSame(snapshot(path), before, 'nothing changed')
  })
}

t.test('stores no part of an e-mail address that registration refused', async (t) => {
  await service.request(post('/auth/register', { email: 'eve@example.com', password: 'short' }), new Jar())
  t.notMatch(JSON.stringify(snapshot(path, new Set())), 'eve@example.com')
})

t.test('keeps the honest browser signed in after all bad input, and lets it sign in again', async (t) => {
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
  t.equal((await service.request(post('/auth/login', ada), new Jar())).statusCode, 200)
})
