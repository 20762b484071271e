import { randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { type MailServer, sendDue, startMailServer, tokenOf } from '../../support/mail-server.ts'
import { rounds } from '../../support/rounds.ts'

const NEXT = 'a violet horse in the battery'
const ADA = 'ada@example.com'

interface Setting {
  readonly service: TestApp
  readonly server: MailServer
  forgot(email?: string, headers?: Record<string, string>): ReturnType<TestApp['request']>
  reset(token: string, newPassword?: string): ReturnType<TestApp['request']>
  /** Asks for a link, and returns its token. */
  link(email?: string): Promise<string>
}

async function recovery(t: Test, environment: object = {}): Promise<Setting> {
  const server = await startMailServer(t)
  const service = await buildApp(t, { environment: { ...server.settings, ...environment } })
  const { request } = service
  const forgot = (email = ADA, headers = {}) =>
    request({ method: 'POST', url: '/auth/password/forgot', payload: { email }, headers })
  return {
    service,
    server,
    forgot,
    reset: (token, newPassword = NEXT) =>
      request({ method: 'POST', url: '/auth/password/reset', payload: { token, newPassword } }),
    async link(email) {
      t.equal((await forgot(email)).statusCode, 202)
      await sendDue(service)
      const mail = server.arrived.findLast(({ text }) => text?.includes('/new-password/'))
      return tokenOf(mail)
    },
  }
}

const isRefused = (t: Test, response: Awaited<ReturnType<TestApp['request']>>, what: string) => {
  t.equal(response.statusCode, 400, what)
  t.match(response.body, '"code":"LINK_INVALID"', what)
  t.equal(response.headers['set-cookie'], undefined)
}

const login = ({ request }: TestApp, password: string) =>
  request({ method: 'POST', url: '/auth/login', payload: { email: ADA, password } })

t.test('a link sets a new password, ends every session and begins none', async (t) => {
  const { service, server, reset, link } = await recovery(t)
  const jars = [await signUp(service), await signIn(service)]
  const response = await reset(await link())
  t.equal(response.statusCode, 204)
  t.equal(response.headers['set-cookie'], undefined)
  for (const jar of jars) t.equal((await service.request({ url: '/me' }, jar)).statusCode, 401)
  t.equal((await login(service, PASSWORD)).statusCode, 401)
  const signedIn = await login(service, NEXT)
  t.match(signedIn.json(), { user: { email: ADA, emailConfirmed: true } }, 'the owner reads its mail')
  await sendDue(service)
  const told = server.arrived.filter(({ subject }) => subject?.includes('was changed'))
  t.equal(told.length, 1)
  t.match(told[0]?.text, /changed by a link that was mailed to you/)
  const { userId } =
    (await internalsOf(service.app).store.listEvents(1, { type: 'password-changed' }))[0] ?? {}
  t.match(await internalsOf(service.app).store.listEvents(9, { type: 'password-changed' }), [
    { userId, reason: 'by a mailed link', ip: '127.0.0.1' },
  ])
})

t.test('a new password by a link clears the failures', async (t) => {
  const { service, reset, link } = await recovery(t)
  await signUp(service)
  const token = await link()
  for (let count = 0; count < 12; count++) await login(service, 'a wrong one of fair length')
  t.equal((await login(service, PASSWORD)).statusCode, 401, 'the account is paused')
  t.equal((await reset(token)).statusCode, 204)
  t.equal((await login(service, NEXT)).statusCode, 200)
})

t.test(
  'answers alike for a known, an unknown and a disabled address, and mails only the known',
  async (t) => {
    const { service, server, forgot } = await recovery(t)
    await signUp(service)
    await signUp(service, 'off@example.com')
    const { accounts } = internalsOf(service.app)
    const off = await accounts.findByEmail('off@example.com')
    await accounts.changeAccess(String(off?.id), { disabled: true })
    await sendDue(service)
    const before = server.arrived.length
    const answers = []
    for (const email of ['ADA@example.com', 'unknown@example.com', 'off@example.com']) {
      const { statusCode, body, headers } = await forgot(email)
      answers.push({ statusCode, body, headers: { ...headers, date: '' } })
    }
    t.match(answers[0], { statusCode: 202, body: '{}' })
    t.strictSame(answers[1], answers[0])
    t.strictSame(answers[2], answers[0])
    await sendDue(service)
    t.strictSame(
      server.arrived.slice(before).map(({ recipients }) => recipients),
      [[ADA]],
    )
    const { store } = internalsOf(service.app)
    const givenUp = await store.listEvents(9, { type: 'mail-given-up' })
    t.strictSame(givenUp, [], 'a decoy is settled as sent')
  },
)

t.test('writes the same rows for an unknown address as for a known one', async (t) => {
  const { service, forgot } = await recovery(t)
  await signUp(service)
  const { store } = internalsOf(service.app)
  const changes: number[] = []
  const statements = async (email: string) => {
    for (let count = 0; count < 5; count++) {
      await forgot(email)
      let due = 0
      for (;;) {
        const taken = await store.takeMail({
          holder: 'test',
          at: service.clock.now(),
          leaseUntil: service.clock.now() + 1e9,
        })
        if (taken.kind !== 'mail') break
        due += 1
      }
      changes.push(due)
    }
  }
  await statements(ADA)
  await statements('unknown@example.com')
  t.strictSame(changes, [1, 1, 1, 0, 0, 1, 1, 1, 0, 0], 'and both reach the limit of an hour alike')
})

t.test('mails an address at most three times an hour, and then again', async (t) => {
  const { service, server, forgot } = await recovery(t)
  await signUp(service)
  for (let count = 0; count < 6; count++) t.equal((await forgot()).statusCode, 202)
  await sendDue(service)
  t.equal(server.arrived.length, 3)
  service.clock.advance(61 * 60)
  await forgot()
  await sendDue(service)
  t.equal(server.arrived.length, 4)
})

t.test('limits the mails and the guesses of a caller', async (t) => {
  const { service, forgot, reset, link } = await recovery(t, { LOGIN_RATE_LIMIT_MAX: 20 })
  await signUp(service)
  const token = await link()
  const statuses: number[] = []
  for (let count = 0; count < rounds(1_000, 10_000); count++) {
    statuses.push((await reset(randomBytes(32).toString('base64url'))).statusCode)
  }
  t.same([statuses.indexOf(429), new Set(statuses)], [18, new Set([400, 429])])
  t.equal((await forgot()).statusCode, 429)
  service.clock.advance(0)
  const { store } = internalsOf(service.app)
  t.ok((await store.listEvents(100, { type: 'link-refused' })).length <= 21, 'events are bounded')
  t.match(await store.findUserByEmailKey(ADA), { passwordChangedAt: service.clock.now() })
  const payload = { token, newPassword: NEXT }
  const owner = { method: 'POST', url: '/auth/password/reset', payload, remoteAddress: '192.0.2.7' } as const
  t.equal((await service.request(owner)).statusCode, 204, 'the link of the owner works, from another address')
})

t.test(
  'refuses a link that is used, replaced, expired, cut or of no account, and changes nothing',
  async (t) => {
    const { service, reset, link } = await recovery(t)
    await signUp(service)
    await signUp(service, 'bo@example.com')
    const first = await link()
    const second = await link()
    isRefused(t, await reset(first), 'a newer link has voided it')
    isRefused(t, await reset(second.slice(0, -1)), 'cut')
    isRefused(t, await reset(`${second}x`), 'with more')
    isRefused(t, await reset(second.toUpperCase()), 'changed')
    isRefused(t, await reset(randomBytes(32).toString('base64url')), 'guessed')
    isRefused(t, await reset('nonsense'), 'nonsense')
    service.clock.advance(30 * 60)
    isRefused(t, await reset(second), 'expired')
    t.equal((await login(service, PASSWORD)).statusCode, 200, 'the password is the one before')

    service.clock.advance(60 * 60)
    const third = await link()
    t.equal((await reset(third)).statusCode, 204)
    isRefused(t, await reset(third, `${NEXT} again`), 'used')
    t.equal((await login(service, NEXT)).statusCode, 200)
    t.equal((await signIn(service, 'bo@example.com')).get('access') !== undefined, true, 'no other account')
    const { store } = internalsOf(service.app)
    t.match(await store.listEvents(1, { type: 'link-refused' }), [
      { ip: '127.0.0.1', reason: 'password-reset' },
    ])
  },
)

t.test('refuses a link after the password, the account or its state has changed', async (t) => {
  const { service, reset, link } = await recovery(t)
  const jar = await signUp(service)
  const changed = await link()
  const payload = { newPassword: NEXT, currentPassword: PASSWORD }
  t.equal((await service.request({ method: 'POST', url: '/me/password', payload }, jar)).statusCode, 204)
  isRefused(t, await reset(changed, `${NEXT} again`), 'the password was changed')

  const disabled = await link()
  const { accounts } = internalsOf(service.app)
  const { id } = (await accounts.findByEmail(ADA)) ?? { id: '' }
  await accounts.changeAccess(id, { disabled: true })
  isRefused(t, await reset(disabled, `${NEXT} again`), 'the account is disabled')
  await accounts.changeAccess(id, { disabled: false })
  await accounts.deleteAccount({ id })
  isRefused(t, await reset(disabled, `${NEXT} again`), 'the account is deleted')
})

t.test('refuses a link of another purpose', async (t) => {
  const { service, reset, link } = await recovery(t)
  await signUp(service)
  const token = await link()
  const { store } = internalsOf(service.app)
  const user = await store.findUserByEmailKey(ADA)
  const { hashOfToken } = await import('../../../src/accounts/one-time-token.ts')
  const now = service.clock.now()
  const other = randomBytes(32).toString('base64url')
  const [mail] = await store.listMail(1)
  await store.issueOneTimeToken(
    {
      ...{ hash: hashOfToken(other), purpose: 'email-confirmation', userId: String(user?.id), emailKey: ADA },
      ...{ passwordChangedAt: now, createdAt: now, expiresAt: now + 1_000 },
    },
    {
      ...(mail as NonNullable<typeof mail>),
      id: '019bc186-de00-738c-b587-e5f65ab95d6c',
      sealed: Buffer.alloc(0),
    },
  )
  isRefused(t, await reset(other), 'another purpose')
  t.equal((await reset(token)).statusCode, 204)
})

t.test('a rejected password leaves the link valid', async (t) => {
  const { service, reset, link } = await recovery(t)
  await signUp(service)
  const token = await link()
  const rejected = async (password: string, reason: string, what: string) => {
    const { statusCode, body } = await reset(token, password)
    t.equal(statusCode, 422, what)
    t.match(body, `"reason":"${reason}"`, what)
  }
  await rejected('short', 'too-short', 'by the rules')
  await rejected(PASSWORD, 'unchanged', 'the one before')
  await rejected('ada@example.com', 'own-words', 'its own address')
  t.equal((await reset(token)).statusCode, 204)
})

t.test('a link works from another browser, and GET changes nothing', async (t) => {
  const { service, reset, link } = await recovery(t)
  await signUp(service)
  const token = await link()
  for (const url of ['/auth/password/reset', `/auth/password/reset?token=${token}`]) {
    t.equal((await service.request({ url })).statusCode, 405)
  }
  t.equal((await reset(token)).statusCode, 204)
})

t.test('a required new password may come by a link', async (t) => {
  const { service, reset, link } = await recovery(t)
  await signUp(service)
  const { accounts } = internalsOf(service.app)
  const { id } = (await accounts.findByEmail(ADA)) ?? { id: '' }
  await accounts.changeAccess(id, { passwordChangeRequired: true })
  t.equal((await reset(await link())).statusCode, 204)
  const jar = await signIn(service, ADA, { password: NEXT })
  t.notOk('passwordChangeRequired' in (await service.request({ url: '/me' }, jar)).json())
})

t.test('records who asked for a link, and no token anywhere', async (t) => {
  const log: string[] = []
  const server = await startMailServer(t)
  const service = await buildApp(t, {
    environment: { ...server.settings, LOG_LEVEL: 'trace' },
    log: (line) => log.push(line),
  })
  await signUp(service)
  for (const email of [ADA, 'unknown@example.com'])
    await service.request({ method: 'POST', url: '/auth/password/forgot', payload: { email } })
  await sendDue(service)
  const token = tokenOf(server.arrived[0])
  const payload = { token, newPassword: NEXT }
  const response = await service.request({ method: 'POST', url: '/auth/password/reset', payload })
  t.equal(response.statusCode, 204)
  const { store } = internalsOf(service.app)
  const events = await store.listEvents(100)
  t.match(
    events.filter(({ type }) => type === 'password-forgotten'),
    [{ userId: null }, { userId: String, ip: '127.0.0.1' }],
  )
  const seen = [...log, JSON.stringify(events), JSON.stringify(response.headers)].join()
  t.notOk(seen.includes(token))
  t.notOk(seen.includes(NEXT))
  t.notOk(log.join('').includes(ADA), 'the log has no address')
})

/** Calls `at` after the link of a reset was found, before the new password is set. */
function duringReset({ app }: TestApp, at: () => Promise<unknown>): void {
  const { store } = internalsOf(app)
  const { findOneTimeToken } = store
  Object.assign(store, {
    async findOneTimeToken(...args: Parameters<typeof findOneTimeToken>) {
      const found = await findOneTimeToken(...args)
      Object.assign(store, { findOneTimeToken })
      await at()
      return found
    },
  })
}

t.test('of two resets and a change of the password under way, the first to end decides', async (t) => {
  const { service, reset, link } = await recovery(t)
  const jar = await signUp(service)
  const one = await link()
  duringReset(service, async () => t.equal((await reset(one, `${NEXT} first`)).statusCode, 204))
  isRefused(t, await reset(one), 'another reset was faster')
  t.equal((await login(service, `${NEXT} first`)).statusCode, 200)
  t.equal((await service.request({ url: '/me' }, jar)).statusCode, 401)

  const two = await link()
  const again = await signIn(service, ADA, { password: `${NEXT} first` })
  duringReset(service, async () => {
    const payload = { newPassword: `${NEXT} second` }
    const response = await service.request({ method: 'POST', url: '/me/password', payload }, again)
    t.equal(response.statusCode, 204)
  })
  isRefused(t, await reset(two), 'a change of the password was faster')
  t.equal((await login(service, `${NEXT} second`)).statusCode, 200)

  const three = await link()
  let early: Awaited<ReturnType<typeof login>> | undefined
  duringReset(service, async () => {
    early = await login(service, `${NEXT} second`)
  })
  t.equal((await reset(three)).statusCode, 204)
  const { id } = early?.json().user ?? {}
  t.strictSame(await internalsOf(service.app).sessions.list(id), [], 'a sign-in under way has ended')
})

t.test('a sign-in with the old password that ends after the reset is refused', async (t) => {
  const { service, reset, link } = await recovery(t)
  await signUp(service)
  const token = await link()
  const { store } = internalsOf(service.app)
  const { createSession } = store
  Object.assign(store, {
    async createSession(...args: Parameters<typeof createSession>) {
      Object.assign(store, { createSession })
      t.equal((await reset(token)).statusCode, 204)
      return createSession(...args)
    },
  })
  t.match((await login(service, PASSWORD)).json(), { code: 'LOGIN_FAILED' })
})
