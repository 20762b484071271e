import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp } from '../../support/app.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import { isRefusal, malformed } from '../../support/refusals.ts'

const register = (payload: object) => ({ method: 'POST', url: '/auth/register', payload }) as const

t.test('answers with the account and a session that ends with the browser', async (t) => {
  const service = await buildApp(t)
  const jar = new Jar()
  const response = await service.request(
    register({ email: 'Ada@Example.com', password: PASSWORD, name: 'Ada' }),
    jar,
  )
  t.equal(response.statusCode, 201)
  const { user } = response.json()
  t.match(user.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'UUIDv7')
  t.strictSame(response.json(), {
    user: {
      id: user.id,
      email: 'Ada@Example.com',
      name: 'Ada',
      role: 'user',
      createdAt: '2026-01-15T12:00:00.000Z',
      disabled: false,
      emailConfirmed: false,
    },
  })
  matchesWhole(t, setCookies(response), [
    /^refresh=tacit_rt_[\w-]{72}; Path=\/; HttpOnly; SameSite=Lax$/,
    /^access=[\w.-]+; Path=\/; HttpOnly; SameSite=Lax$/,
    /^device=[\w-]{60}; Max-Age=15552000; Path=\/; HttpOnly; SameSite=Lax$/,
  ])
  t.equal(response.headers['cache-control'], 'private, no-store')
  t.equal((await service.request({ url: '/me' }, jar)).statusCode, 200)
})

t.test('does not require a name', async (t) => {
  const service = await buildApp(t)
  const response = await service.request(register({ email: 'ada@example.com', password: PASSWORD }))
  t.equal(response.statusCode, 201)
  t.equal(response.json().user.name, null)
})

t.test('keeps one account for all spellings of an address', async (t) => {
  const service = await buildApp(t)
  await signUp(service, 'ada@example.com')
  const response = await service.request(register({ email: 'ADA@example.COM', password: PASSWORD }))
  isRefusal(t, response, {
    status: 409,
    code: 'ACCOUNT_EXISTS',
    message: 'There is already an account with this e-mail address',
  })
  t.same(setCookies(response), [])
})

t.test('refuses a bad password with the reason', async (t) => {
  const service = await buildApp(t)
  const refusals = {
    'too short': ['too-short', 'Use at least 15 characters; this has 9.'],
    aaaaaaaaaaaaaaaaaaaa: ['common', 'Many people use this password, so it is tried first. Choose another.'],
    'ada example tacit': [
      'own-words',
      'This is mostly made of your name or address. Add words of another kind.',
    ],
  } as const
  for (const [password, [reason, message]] of Object.entries(refusals)) {
    isRefusal(
      t,
      await service.request(register({ email: 'ada@example.com', password })),
      { status: 422, code: 'PASSWORD_REJECTED', message, reason },
      password,
    )
  }
})

t.test('applies the configured minimum length', async (t) => {
  const service = await buildApp(t, { environment: { PASSWORD_MIN_LENGTH: 8 } })
  const response = await service.request(register({ email: 'ada@example.com', password: 'nine long' }))
  t.equal(response.statusCode, 201)
})

t.test('refuses every registration while registration is closed', async (t) => {
  const service = await buildApp(t, { environment: { REGISTRATION: 'closed' } })
  isRefusal(t, await service.request(register({ email: 'ada@example.com', password: PASSWORD })), {
    status: 403,
    code: 'REGISTRATION_CLOSED',
    message: 'Accounts are created by an administrator here',
  })
  t.equal(await internalsOf(service.app).accounts.findByEmail('ada@example.com'), undefined)
})

t.test('refuses a malformed e-mail address', async (t) => {
  const service = await buildApp(t)
  for (const email of ['ada', 'ada@', '@example.com', 'ada@example.com\n', 'a b@example.com']) {
    const response = await service.request(register({ email, password: PASSWORD }))
    isRefusal(t, response, malformed('body/email must match format "email"'), JSON.stringify(email))
  }
  const long = `${'a'.repeat(250)}@example.com`
  const response = await service.request(register({ email: long, password: PASSWORD }))
  isRefusal(t, response, malformed('body/email must NOT have more than 254 characters'))
})

t.test('ends the session that the browser held', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service, 'ada@example.com')
  const before = browser.copy()
  const response = await service.request(register({ email: 'bo@example.com', password: PASSWORD }), browser)
  t.equal(response.statusCode, 201)
  t.equal((await service.request({ url: '/me' }, browser)).json().user.email, 'bo@example.com')
  t.equal((await service.request({ url: '/me' }, before)).json().code, 'SESSION_ENDED')
})
