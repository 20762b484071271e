import t, { type Test } from 'tap'
import { throttleKey } from '../../../src/credentials/throttle.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import {
  loggedToken,
  MAIL_TO_LOG,
  resetTokenFor,
  sendDue,
  startMailServer,
  tokenOf,
} from '../../support/mail-server.ts'
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

const LOGIN_FAILED = {
  status: 401,
  code: 'LOGIN_FAILED',
  message: 'E-mail address or password is not correct',
}
const REQUIRED = { ...MAIL_TO_LOG, EMAIL_VERIFICATION: 'required' } as const
const ADA = 'ada@example.com'
const THEIRS = 'another lantern over the harbour'

const withRequired = (t: Test, environment: object = {}) =>
  buildApp(t, { environment: { ...REQUIRED, ...environment } })

const ask = ({ request }: TestApp, email = ADA, password = PASSWORD, more: object = {}) =>
  request({ ...register({ email, password, ...more }), headers: { 'user-agent': 'Firefox/140.0' } })

const confirm = ({ request }: TestApp, token: string) =>
  request({ method: 'POST', url: '/auth/email/confirm', payload: { token } })

/** Asks for an account, and returns the token of its link. */
async function link(service: TestApp, email = ADA, password = PASSWORD): Promise<string> {
  const { statusCode } = await ask(service, email, password)
  if (statusCode !== 202) throw new Error(`could not register: ${statusCode}`)
  return loggedToken(service, email, 'confirm-address')
}

const login = ({ request }: TestApp, email = ADA, password = PASSWORD) =>
  request({ method: 'POST', url: '/auth/login', payload: { email, password } })

const mailTo = async (service: TestApp, email: string) => {
  await sendDue(service)
  return (internalsOf(service.app).mail.mailbox?.list() ?? []).filter(({ to }) => to === email)
}

t.test('required: an account begins when the link of the mail is confirmed', async (t) => {
  const service = await withRequired(t)
  const response = await ask(service, 'Ada@Example.com', PASSWORD, { name: 'Ada' })
  t.equal(response.statusCode, 202)
  t.equal(response.body, '{}')
  t.equal(response.headers['set-cookie'], undefined)
  const [mail] = await mailTo(service, 'Ada@Example.com')
  t.match(mail, { subject: 'Confirm your address for Tacit', text: /works once, for 24 hours/ })
  t.match(mail?.text, /When: January 15, 2026/)
  t.match(mail?.text, /Where: Firefox, from the network address 127.0.0.1/)
  isRefusal(t, await login(service), LOGIN_FAILED)
  t.equal((await confirm(service, tokenOf(mail))).statusCode, 204)
  t.match((await login(service)).json(), {
    user: { email: 'Ada@Example.com', name: 'Ada', role: 'user', emailConfirmed: true },
  })
  t.equal((await confirm(service, tokenOf(mail))).statusCode, 400, 'once')
  const { store } = internalsOf(service.app)
  const { id: userId } = (await store.findUserByEmailKey(ADA)) ?? {}
  t.match(await store.listEvents(3, { userId: String(userId) }), [
    { type: 'signed-in' },
    { type: 'email-confirmed', ip: '127.0.0.1' },
    { type: 'registered', ip: '127.0.0.1' },
  ])
  t.match(await store.listEvents(1, { type: 'registration-requested' }), [{ userId: null, ip: '127.0.0.1' }])
})

t.test('required: answers alike for a free and a taken address, and tells the owner', async (t) => {
  const service = await withRequired(t)
  await confirm(service, await link(service))
  await confirm(service, await link(service, 'off@example.com'))
  const { accounts, store } = internalsOf(service.app)
  const off = await accounts.findByEmail('off@example.com')
  await accounts.changeAccess(String(off?.id), { disabled: true })
  const before = (await mailTo(service, 'off@example.com')).length
  const answers = []
  for (const email of ['ADA@example.com', 'unknown@example.com', 'off@example.com']) {
    const { statusCode, body, headers } = await ask(service, email, THEIRS)
    answers.push({ statusCode, body, headers: { ...headers, date: '' } })
  }
  t.match(answers[0], { statusCode: 202, body: '{}' })
  t.strictSame(answers[1], answers[0])
  t.strictSame(answers[2], answers[0])
  const [told] = await mailTo(service, ADA)
  t.match(told, { subject: 'You already have a Tacit account', text: /#\/forgot-password/ })
  t.match(told?.text, /Where: Firefox/)
  t.equal((await mailTo(service, 'off@example.com')).length, before, 'a disabled account gets no mail')
  t.strictSame(await store.listEvents(9, { type: 'mail-given-up' }), [])
  t.equal((await login(service)).statusCode, 200, 'nothing has changed')
  isRefusal(t, await login(service, ADA, THEIRS), LOGIN_FAILED)
  for (const email of [ADA, 'unknown@example.com'])
    t.equal((await ask(service, email, 'short')).statusCode, 422, 'and a bad password is refused alike')
})

t.test('required: mails a free and a taken address three times an hour, and then again', async (t) => {
  const service = await withRequired(t)
  await confirm(service, await link(service))
  service.clock.advance(3_601)
  for (const email of [ADA, 'bo@example.com']) {
    const before = (await mailTo(service, email)).length
    for (let count = 0; count < 5; count++) t.equal((await ask(service, email)).statusCode, 202)
    t.equal((await mailTo(service, email)).length, before + 3)
  }
  service.clock.advance(3_601)
  await ask(service, 'bo@example.com')
  t.equal((await mailTo(service, 'bo@example.com')).length, 4)
})

t.test('required: limits the registrations of a caller', async (t) => {
  const service = await withRequired(t, { LOGIN_RATE_LIMIT_MAX: 3 })
  const statuses = []
  for (const name of ['a', 'b', 'c', 'd'])
    statuses.push((await ask(service, `${name}@example.com`)).statusCode)
  t.same(statuses, [202, 202, 202, 429])
})

t.test(
  'required: each link has the password of its own registration, and the first one counts',
  async (t) => {
    const service = await withRequired(t)
    const attacker = await link(service, ADA, THEIRS)
    const owner = await link(service)
    const again = await link(service, ADA, THEIRS)
    t.equal(new Set([attacker, owner, again]).size, 3)
    t.equal((await confirm(service, owner)).statusCode, 204, 'a later registration does not void a link')
    t.equal((await login(service)).statusCode, 200)
    isRefusal(t, await login(service, ADA, THEIRS), LOGIN_FAILED)
    for (const token of [attacker, again]) t.equal((await confirm(service, token)).statusCode, 400)
    t.equal((await login(service)).statusCode, 200)
  },
)

t.test(
  'required: refuses a link that is expired, cut, taken meanwhile or of a closed registration',
  async (t) => {
    const path = temporaryDatabase(t)
    const service = await withRequired(t, { DATABASE_URL: `file:${path}` })
    const token = await link(service)
    t.equal((await confirm(service, token.slice(1))).statusCode, 400, 'cut')
    const closed = await withRequired(t, { DATABASE_URL: `file:${path}`, REGISTRATION: 'closed' })
    t.equal((await confirm(closed, token)).statusCode, 400, 'closed')
    t.equal((await ask(closed)).json().code, 'REGISTRATION_CLOSED')
    const off = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
    t.equal((await confirm(off, token)).statusCode, 400, 'without mail')
    service.clock.advance(24 * 3_600)
    t.equal((await confirm(service, token)).statusCode, 400, 'expired')
    const late = await link(service)
    await internalsOf(service.app).accounts.create({ email: ADA, password: THEIRS })
    t.equal((await confirm(service, late)).statusCode, 400, 'taken meanwhile')
    const { store } = internalsOf(service.app)
    t.match(await store.listEvents(1, { type: 'link-refused' }), [{ reason: 'email-confirmation' }])
  },
)

t.test('required: a link works after the setting has changed', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const token = await link(await withRequired(t, environment))
  const optional = await buildApp(t, { environment: { ...MAIL_TO_LOG, ...environment } })
  t.equal((await confirm(optional, token)).statusCode, 204)
  t.equal((await login(optional)).statusCode, 200)
})

t.test('required: refuses an older account that is not confirmed, until a link confirms it', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const before = await buildApp(t, { environment: { ...MAIL_TO_LOG, ...environment } })
  const jar = await signUp(before)
  await signUp(before, 'bo@example.com')
  const bo = await loggedToken(before, 'bo@example.com', 'confirm-address')
  const service = await withRequired(t, environment)
  const tokens = (password: string) =>
    service.request({
      method: 'POST',
      url: '/auth/token',
      payload: { grant_type: 'password', username: ADA, password },
    })
  isRefusal(t, await login(service), LOGIN_FAILED)
  t.match((await tokens(PASSWORD)).json(), { error: 'invalid_grant' })
  t.equal((await service.request({ url: '/me' }, jar)).statusCode, 200, 'a session goes on')
  const payload = { currentPassword: PASSWORD, newPassword: THEIRS }
  t.equal((await service.request({ method: 'POST', url: '/me/password', payload }, jar)).statusCode, 204)

  // The other process holds the lease of the outbox for a while.
  service.clock.advance(100)
  const token = await resetTokenFor(service, ADA)
  const reset = { token, newPassword: 'a violet horse in the battery' }
  t.equal(
    (await service.request({ method: 'POST', url: '/auth/password/reset', payload: reset })).statusCode,
    204,
  )
  t.match((await login(service, ADA, reset.newPassword)).json(), { user: { emailConfirmed: true } })
  t.equal((await tokens(reset.newPassword)).statusCode, 200)

  t.equal((await confirm(service, bo)).statusCode, 204, 'the link of the time before works as well')
  t.equal((await login(service, 'bo@example.com')).statusCode, 200)
})

t.test('required: a refused sign-in costs one verification, as for an unknown address', async (t) => {
  const service = await withRequired(t)
  await internalsOf(service.app).accounts.create({ email: ADA, password: PASSWORD })
  const { store } = internalsOf(service.app)
  for (const email of [ADA, 'unknown@example.com']) {
    isRefusal(t, await login(service, email), LOGIN_FAILED)
    t.match(await store.findThrottle(throttleKey(email)), { failures: 1 }, 'and counts as a failure')
  }
  await link(service)
  await confirm(service, await link(service, 'unknown@example.com'))
  t.equal(await store.findThrottle(throttleKey('unknown@example.com')), undefined, 'until the account begins')
})

t.test('required: writes no token, password or address into a log line or an event', async (t) => {
  const log: string[] = []
  const server = await startMailServer(t)
  const service = await buildApp(t, {
    environment: { ...server.settings, EMAIL_VERIFICATION: 'required', LOG_LEVEL: 'trace' },
    log: (line) => log.push(line),
  })
  const answer = await ask(service)
  await sendDue(service)
  const token = tokenOf(server.arrived[0])
  t.match(token, /^[\w-]{43}$/)
  const confirmed = await confirm(service, token)
  t.equal(confirmed.statusCode, 204)
  t.equal(confirmed.headers['set-cookie'], undefined, 'and begins no session')
  const events = await internalsOf(service.app).store.listEvents(99)
  const seen = [...log, JSON.stringify([events, answer.headers, confirmed.headers])].join()
  for (const secret of [token, PASSWORD, ADA]) t.notOk(seen.includes(secret))
})
