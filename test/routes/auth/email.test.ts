import t, { type Test } from 'tap'
import type { MailMessage } from '../../../src/mail/transport.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { administrator } from '../../support/administration.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import type { Jar } from '../../support/jar.ts'
import { MAIL_TO_LOG, type MailServer, sendDue, startMailServer, tokenOf } from '../../support/mail-server.ts'
import { claimsOf } from '../../support/tokens.ts'

const ADA = 'ada@example.com'

async function withMail(
  t: Test,
  environment: object = {},
): Promise<{ service: TestApp; server: MailServer }> {
  const server = await startMailServer(t)
  return {
    server,
    service: await buildApp(t, {
      environment: { ...server.settings, EMAIL_VERIFICATION: 'optional', ...environment },
    }),
  }
}

const confirm = ({ request }: TestApp, token: string) =>
  request({ method: 'POST', url: '/auth/email/confirm', payload: { token } })

const again = ({ request }: TestApp, jar: Jar) =>
  request({ method: 'POST', url: '/me/email/confirmation' }, jar)

/** The token of the newest link to confirm an address. */
const newest = ({ arrived }: MailServer): string =>
  tokenOf(arrived.findLast(({ text }) => text?.includes('/confirm-address/')))

const isConfirmed = async ({ request }: TestApp, jar: Jar): Promise<boolean> =>
  (await request({ url: '/me' }, jar)).json().user.emailConfirmed

t.test('a new account gets a link, which confirms its address and begins no session', async (t) => {
  const { service, server } = await withMail(t)
  const jar = await signUp(service)
  t.equal(await isConfirmed(service, jar), false)
  t.match(claimsOf(jar.get('access') as string), { email_verified: false })
  await sendDue(service)
  t.match(server.arrived, [{ subject: 'Confirm your address for Tacit', text: /works once, for 24 hours/ }])
  const response = await confirm(service, newest(server))
  t.equal(response.statusCode, 204)
  t.equal(response.headers['set-cookie'], undefined)
  t.equal(await isConfirmed(service, jar), true, 'at the next request')
  t.match(claimsOf(jar.get('access') as string), { email_verified: true })
  const { store } = internalsOf(service.app)
  t.match(await store.listEvents(1, { type: 'email-confirmed' }), [{ ip: '127.0.0.1', userId: String }])
  t.equal((await confirm(service, newest(server))).statusCode, 400, 'once')
  t.match(await store.listEvents(1, { type: 'link-refused' }), [{ reason: 'email-confirmation' }])
})

t.test(
  'refuses a link to confirm that is replaced, expired, cut, of another purpose or of an old password',
  async (t) => {
    const { service, server } = await withMail(t)
    const jar = await signUp(service)
    await sendDue(service)
    const first = newest(server)
    t.equal((await again(service, jar)).statusCode, 202)
    await sendDue(service)
    const second = newest(server)
    t.not(first, second)
    for (const token of [first, second.slice(1), 'nonsense']) {
      t.match((await confirm(service, token)).json(), { statusCode: 400, code: 'LINK_INVALID' })
    }
    await service.request({ method: 'POST', url: '/auth/password/forgot', payload: { email: ADA } })
    await sendDue(service)
    t.equal((await confirm(service, tokenOf(server.arrived.at(-1)))).statusCode, 400, 'another purpose')
    const payload = { token: second, newPassword: 'a violet horse in the battery' }
    t.equal((await service.request({ method: 'POST', url: '/auth/password/reset', payload })).statusCode, 400)
    service.clock.advance(24 * 3_600)
    t.equal((await confirm(service, second)).statusCode, 400, 'expired')

    const bo = await signUp(service, 'bo@example.com')
    await sendDue(service)
    const old = newest(server)
    const change = { newPassword: 'a violet horse in the battery', currentPassword: PASSWORD }
    t.equal(
      (await service.request({ method: 'POST', url: '/me/password', payload: change }, bo)).statusCode,
      204,
    )
    t.equal((await confirm(service, old)).statusCode, 400, 'an old password')
    t.equal(await isConfirmed(service, bo), false)
  },
)

t.test('mails the link again three times an hour, and not after it was used', async (t) => {
  const { service, server } = await withMail(t)
  const jar = await signUp(service)
  for (let count = 0; count < 5; count++) t.equal((await again(service, jar)).statusCode, 202)
  await sendDue(service)
  t.equal(server.arrived.length, 3)
  t.equal((await confirm(service, newest(server))).statusCode, 204)
  service.clock.advance(3_601)
  t.equal((await again(service, jar)).statusCode, 202)
  await sendDue(service)
  t.equal(server.arrived.length, 3)
})

t.test('confirms no address with EMAIL_VERIFICATION=off, or for an operator', async (t) => {
  const { service } = await withMail(t, { EMAIL_VERIFICATION: 'off' })
  const jar = await signUp(service)
  const { store } = internalsOf(service.app)
  t.strictSame(await store.listMail(9), [])
  t.match((await again(service, jar)).json(), { statusCode: 403, code: 'MAIL_OFF' })
  const other = await withMail(t)
  await internalsOf(other.service.app).accounts.create({ email: ADA, password: PASSWORD })
  t.strictSame(await internalsOf(other.service.app).store.listMail(9), [])
})

t.test('writes no link for an address that is taken', async (t) => {
  const { service, server } = await withMail(t)
  await signUp(service)
  const payload = { email: ADA, password: PASSWORD }
  const response = await service.request({ method: 'POST', url: '/auth/register', payload })
  t.equal(response.statusCode, 409)
  await sendDue(service)
  t.equal(server.arrived.length, 1)
  t.equal((await confirm(service, newest(server))).statusCode, 204, 'and the first one is valid')
})

const NEW = 'ada.king@example.com'
const THIEF = 'thief@example.com'
const NEXT = 'a violet horse in the battery'
const DAY_SECONDS = 24 * 3_600

interface Changing {
  readonly service: TestApp
  /** The mail so far, the newest first. */
  mails(): readonly MailMessage[]
  /** Asks for another address. */
  ask(jar: Jar, email?: string, currentPassword?: string): ReturnType<TestApp['request']>
  /** The token of the newest link to a page that was mailed to an address. */
  link(to: string, page: 'confirm-address' | 'keep-address' | 'new-password'): Promise<string>
  /** Asks for another address and confirms it. */
  change(jar: Jar, email: string): Promise<void>
  undo(token: string): ReturnType<TestApp['request']>
  emailOf(jar: Jar): Promise<string>
  subjectsTo(email: string): Promise<(string | undefined)[]>
}

async function changing(t: Test, environment: object = {}): Promise<Changing> {
  const service = await buildApp(t, { environment: { ...MAIL_TO_LOG, ...environment } })
  const { request } = service
  const mails = () => internalsOf(service.app).mail.mailbox?.list() ?? []
  const to = (email: string) => mails().filter((mail) => mail.to === email)
  const ask: Changing['ask'] = (jar, email = NEW, currentPassword = PASSWORD) =>
    request({ method: 'POST', url: '/me/email', payload: { email, currentPassword } }, jar)
  const link: Changing['link'] = async (email, page) => {
    await sendDue(service)
    return tokenOf(to(email).find(({ text }) => text.includes(`/${page}/`)))
  }
  return {
    service,
    mails,
    ask,
    link,
    async change(jar, email) {
      t.equal((await ask(jar, email)).statusCode, 202)
      t.equal((await confirm(service, await link(email, 'confirm-address'))).statusCode, 204)
    },
    undo: (token) => request({ method: 'POST', url: '/auth/email/undo', payload: { token } }),
    emailOf: async (jar) => (await request({ url: '/me' }, jar)).json().user?.email,
    async subjectsTo(email) {
      await sendDue(service)
      return to(email)
        .map(({ subject }) => subject)
        .reverse()
    },
  }
}

const reset = ({ request }: TestApp, token: string, newPassword = NEXT) =>
  request({ method: 'POST', url: '/auth/password/reset', payload: { token, newPassword } })

const forgot = ({ request }: TestApp, email: string) =>
  request({ method: 'POST', url: '/auth/password/forgot', payload: { email } })

const login = ({ request }: TestApp, email: string, password = PASSWORD) =>
  request({ method: 'POST', url: '/auth/login', payload: { email, password } })

t.test('an address changes when the new one confirms, and both are told', async (t) => {
  const { service, mails, ask, link, emailOf, subjectsTo } = await changing(t)
  const jar = await signUp(service)
  const elsewhere = await signIn(service)
  const response = await ask(jar)
  t.match([response.statusCode, response.body], [202, '{}'])
  t.equal(await emailOf(jar), ADA, 'not yet')
  const token = await link(NEW, 'confirm-address')
  t.match(claimsOf(jar.get('access') as string), { email_verified: false })

  const confirmed = await confirm(service, token)
  t.equal(confirmed.statusCode, 204)
  t.equal(confirmed.headers['set-cookie'], undefined, 'begins no session')
  t.match((await service.request({ url: '/me' }, jar)).json(), { user: { email: NEW, emailConfirmed: true } })
  t.match(claimsOf(jar.get('access') as string), { email_verified: true }, 'from the next request on')
  t.equal(await emailOf(elsewhere), NEW, 'other sessions live on')
  t.equal((await login(service, NEW)).statusCode, 200)
  t.equal((await login(service, ADA)).statusCode, 401)
  t.equal((await confirm(service, token)).statusCode, 400, 'once')

  t.same((await subjectsTo(ADA)).slice(-2), [
    'A new address for your Tacit account',
    'Your Tacit account has another address',
  ])
  t.same(await subjectsTo(NEW), ['Confirm your new address for Tacit', 'New sign-in to Tacit'])
  const told = mails().filter(({ text }) => text.includes('/keep-address/'))
  for (const { text } of told) t.match(text, /Where: .*127\.0\.0\.1/)
  const { store } = internalsOf(service.app)
  const userId = (await store.findUserByEmailKey(NEW))?.id
  for (const type of ['email-change-requested', 'email-changed'])
    t.match(await store.listEvents(9, { type }), [{ userId, ip: '127.0.0.1' }])
  const root = await administrator(service)
  const found = await service.request({ url: `/admin/users?q=${NEW}` }, root.jar)
  t.match(found.json(), { users: [{ id: userId, email: NEW }] })
})

t.test('answers alike for a free and a taken address, after the same work', async (t) => {
  const { service, ask, subjectsTo, link } = await changing(t)
  const jar = await signUp(service)
  await signUp(service, 'bo@example.com')
  await subjectsTo(ADA)
  const { store } = internalsOf(service.app)
  const written = async () => ({
    mail: (await store.countMail()).waiting,
    events: (await store.listEvents(99)).length,
  })
  const answers = []
  for (const email of [NEW, 'BO@example.com']) {
    const before = await written()
    const { statusCode, body, headers } = await ask(jar, email)
    const after = await written()
    const work = { mail: after.mail - before.mail, events: after.events - before.events }
    answers.push({ statusCode, body, headers: { ...headers, date: '' }, work })
    await sendDue(service)
  }
  t.match(answers[0], { statusCode: 202, body: '{}', work: { mail: 2, events: 1 } })
  t.strictSame(answers[1], answers[0])
  t.equal((await subjectsTo('BO@example.com')).at(-1), 'Your address is in use at Tacit')
  t.equal(await link('BO@example.com', 'confirm-address'), '', 'without a link to confirm')
  t.same((await subjectsTo(ADA)).length, 3, 'and the old address is told of each')
})

t.test('an address is asked for by its owner, with the password or soon after the sign-in', async (t) => {
  const { service, ask } = await changing(t)
  const jar = await signUp(service)
  t.match((await ask(jar, NEW, 'a wrong one of fair length')).json(), { code: 'PASSWORD_INCORRECT' })
  service.clock.advance(601)
  const payload = { email: NEW }
  const without = await service.request({ method: 'POST', url: '/me/email', payload }, jar)
  t.match(without.json(), { statusCode: 403, code: 'REAUTHENTICATION_REQUIRED' })
  t.match((await ask(jar, 'ADA@example.com')).json(), { statusCode: 400, code: 'INVALID_REQUEST' })
  t.equal((await ask(jar, 'nonsense')).statusCode, 400)
  t.equal((await service.request({ method: 'POST', url: '/me/email', payload })).statusCode, 401)
  t.strictSame(await internalsOf(service.app).store.listEvents(9, { type: 'email-change-requested' }), [])
  const fresh = await signIn(service)
  t.equal((await service.request({ method: 'POST', url: '/me/email', payload }, fresh)).statusCode, 202)
})

t.test('an address is not asked for after the session or the password has changed under way', async (t) => {
  const { service, ask } = await changing(t)
  const jar = await signUp(service)
  const { store } = internalsOf(service.app)
  const during = (name: 'findUser' | 'requestAddressChange', at: () => Promise<unknown>) => {
    const method = store[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(store, {
      async [name](...args: unknown[]) {
        Object.assign(store, { [name]: method })
        await at()
        return method(...args)
      },
    })
  }
  during('requestAddressChange', () => service.request({ method: 'POST', url: '/auth/logout' }, jar.copy()))
  t.match((await ask(jar)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
  const again = await signIn(service)
  const { accounts } = internalsOf(service.app)
  const user = await accounts.findByEmail(ADA)
  t.ok(user)
  during('findUser', () => accounts.resetPassword(user as NonNullable<typeof user>, NEXT))
  t.match((await ask(again)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
})

t.test(
  'a link to a new address is void after a newer one, a day, another password or disabling',
  async (t) => {
    const { service, ask, link } = await changing(t)
    const jar = await signUp(service)
    const asked = async (email: string) => {
      t.equal((await ask(jar, email)).statusCode, 202)
      return link(email, 'confirm-address')
    }
    const refused = async (token: string, what: string) =>
      t.match((await confirm(service, token)).json(), { statusCode: 400, code: 'LINK_INVALID' }, what)
    const first = await asked('one@example.com')
    const second = await asked('two@example.com')
    await refused(first, 'a newer address')
    await refused(second.slice(1), 'cut')
    t.equal((await reset(service, second)).statusCode, 400, 'another purpose')
    const { accounts, store } = internalsOf(service.app)
    const id = String((await accounts.findByEmail(ADA))?.id)
    await accounts.changeAccess(id, { disabled: true })
    await refused(second, 'a disabled account')
    await accounts.changeAccess(id, { disabled: false })
    service.clock.advance(DAY_SECONDS)
    await refused(second, 'a day')
    const third = await signIn(service)
    t.equal((await ask(third, 'three@example.com')).statusCode, 202)
    const token = await link('three@example.com', 'confirm-address')
    await accounts.resetPassword(await accounts.get(id), NEXT)
    await refused(token, 'another password')
    t.match(await store.findUser(id), { email: ADA })
  },
)

t.test('mails an address three times an hour, whichever accounts ask for it', async (t) => {
  const { service, ask, subjectsTo } = await changing(t)
  const jars = []
  for (const name of ['a', 'b', 'c', 'd']) jars.push(await signUp(service, `${name}@example.com`))
  for (const jar of jars) t.equal((await ask(jar)).statusCode, 202)
  t.equal((await subjectsTo(NEW)).length, 3)
  const [first] = jars as [Jar]
  for (let count = 0; count < 5; count++) await ask(first, `${count}@example.org`)
  t.equal((await subjectsTo('a@example.com')).filter((one) => one?.startsWith('A new address')).length, 3)
  t.same(await subjectsTo('4@example.org'), [])
  service.clock.advance(3_601)
  t.equal((await ask(first)).statusCode, 202)
  t.equal((await subjectsTo(NEW)).length, 4)
})

t.test('limits who asks for addresses, and who guesses links', async (t) => {
  const { service, ask, undo } = await changing(t, { LOGIN_RATE_LIMIT_MAX: 12 })
  const jar = await signUp(service)
  const statuses: number[] = []
  for (let count = 0; count < 6; count++) statuses.push((await ask(jar, `${count}@example.org`)).statusCode)
  for (let count = 0; count < 6; count++) statuses.push((await undo('nonsense')).statusCode)
  t.same(statuses.slice(0, 11), [...Array(6).fill(202), ...Array(5).fill(400)])
  t.equal(statuses.at(-1), 429)
  const { store } = internalsOf(service.app)
  t.match(await store.listEvents(1, { type: 'link-refused' }), [{ reason: 'email-undo' }])
})

t.test('changes no address without mail, and with EMAIL_VERIFICATION=off', async (t) => {
  const { change, service } = await changing(t, { EMAIL_VERIFICATION: 'off' })
  const jar = await signUp(service)
  await change(jar, NEW)
  t.match((await service.request({ url: '/me' }, jar)).json(), { user: { email: NEW, emailConfirmed: true } })

  const without = await buildApp(t)
  const bo = await signUp(without)
  const response = await without.request({ method: 'POST', url: '/me/email', payload: { email: NEW } }, bo)
  t.match(response.json(), { statusCode: 403, code: 'MAIL_OFF' })
  t.equal((await confirm(without, 'nonsense')).statusCode, 400)
})

t.test('links of a change work after mail was turned off', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const { service, ask, link } = await changing(t, environment)
  await ask(await signUp(service))
  const without = await buildApp(t, { environment, clock: service.clock })
  t.equal((await confirm(without, await link(NEW, 'confirm-address'))).statusCode, 204)
  t.equal((await login(without, NEW)).statusCode, 200)
  const payload = { token: await link(ADA, 'keep-address') }
  t.equal((await without.request({ method: 'POST', url: '/auth/email/undo', payload })).statusCode, 204)
  t.match(await internalsOf(without.app).accounts.findByEmail(ADA), { email: ADA })
})

/** A thief with a copy of the cookies has taken the address and then the password. */
async function stolen(t: Test) {
  const setting = await changing(t)
  const { service, change, link } = setting
  const owner = await signUp(service)
  const { user } = (await service.request({ url: '/me' }, owner)).json()
  await change(owner.copy(), THIEF)
  await forgot(service, THIEF)
  t.equal((await reset(service, await link(THIEF, 'new-password'))).statusCode, 204)
  const thief = await signIn(service, THIEF, { password: NEXT })
  return { ...setting, id: String(user.id), owner, thief }
}

t.test('the owner gets the account back from a thief who changed address and password', async (t) => {
  const { service, link, undo, id, thief, subjectsTo } = await stolen(t)
  await forgot(service, THIEF)
  const open = await link(THIEF, 'new-password')
  service.clock.advance(3 * DAY_SECONDS - 1)
  const response = await undo(await link(ADA, 'keep-address'))
  t.equal(response.statusCode, 204)
  t.equal(response.headers['set-cookie'], undefined, 'begins no session')
  t.equal((await service.request({ url: '/me' }, thief)).statusCode, 401)
  for (const [email, password] of [
    [THIEF, NEXT],
    [ADA, NEXT],
    [ADA, PASSWORD],
  ] as const)
    t.equal((await login(service, email, password)).statusCode, 401)
  t.equal((await reset(service, open, `${NEXT} again`)).statusCode, 400, 'open links are void')
  const before = (await subjectsTo(THIEF)).length
  await forgot(service, THIEF)
  t.equal((await subjectsTo(THIEF)).length, before)

  t.equal((await subjectsTo(ADA)).at(-1), 'Your Tacit account has this address again')
  await forgot(service, ADA)
  t.equal((await reset(service, await link(ADA, 'new-password'), `${NEXT} again`)).statusCode, 204)
  const signedIn = await login(service, ADA, `${NEXT} again`)
  t.match(signedIn.json(), { user: { id, email: ADA, emailConfirmed: true } })
  const { store } = internalsOf(service.app)
  t.match(await store.listEvents(9, { type: 'email-change-undone' }), [{ userId: id, ip: '127.0.0.1' }])
})

t.test('the owner wins for three days, and no longer', async (t) => {
  const { service, link, undo } = await stolen(t)
  const token = await link(ADA, 'keep-address')
  service.clock.advance(3 * DAY_SECONDS)
  t.match((await undo(token)).json(), { statusCode: 400, code: 'LINK_INVALID' })
})

t.test('the owner wins over a chain of changes, and the thief does not undo that', async (t) => {
  const { service, link, undo, ask, thief, id } = await stolen(t)
  t.equal((await ask(thief, 'thief.two@example.com', NEXT)).statusCode, 202)
  const asked = await link(THIEF, 'keep-address')
  t.equal((await confirm(service, await link('thief.two@example.com', 'confirm-address'))).statusCode, 204)
  const told = await link(THIEF, 'keep-address')
  t.equal((await undo(told)).statusCode, 204, 'the thief uses a link as well')
  t.equal((await undo(await link(ADA, 'keep-address'))).statusCode, 204)
  for (const token of [asked, told]) t.equal((await undo(token)).statusCode, 400)
  t.match(await internalsOf(service.app).store.findUser(id), { email: ADA })
})

t.test('a thief deletes no account whose address can come back, and takes no address', async (t) => {
  const { service, link, undo, ask, thief, id } = await stolen(t)
  const payload = { currentPassword: NEXT }
  const deletion = () => service.request({ method: 'DELETE', url: '/me', payload }, thief)
  t.match((await deletion()).json(), { statusCode: 409, code: 'ADDRESS_CHANGED' })
  const register = { email: ADA, password: NEXT }
  const taken = await service.request({ method: 'POST', url: '/auth/register', payload: register })
  t.equal(taken.statusCode, 409, 'no caller registers with it')
  const other = await signUp(service, 'other@example.com')
  t.equal((await ask(other, ADA)).statusCode, 202)
  t.equal(
    await link(ADA, 'confirm-address')
      .then((token) => confirm(service, token))
      .then((r) => r.statusCode),
    400,
  )
  t.equal((await undo(await link(ADA, 'keep-address'))).statusCode, 204)
  t.match(await internalsOf(service.app).store.findUser(id), { email: ADA })
})

t.test('an account is deleted again three days after the change', async (t) => {
  const { service, change } = await changing(t)
  const jar = await signUp(service)
  await change(jar, NEW)
  service.clock.advance(4 * DAY_SECONDS)
  const response = await service.request(
    { method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD } },
    await signIn(service, NEW),
  )
  t.equal(response.statusCode, 204)
})

t.test('the owner stops a change before the new address confirms it', async (t) => {
  const { service, ask, link, undo } = await changing(t)
  const owner = await signUp(service)
  t.equal((await ask(owner.copy(), THIEF)).statusCode, 202)
  t.equal((await undo(await link(ADA, 'keep-address'))).statusCode, 204)
  t.equal((await service.request({ url: '/me' }, owner)).statusCode, 401, 'every session has ended')
  t.equal((await confirm(service, await link(THIEF, 'confirm-address'))).statusCode, 400)
  t.equal((await login(service, ADA)).statusCode, 401, 'the thief may know the password')
})

t.test('an owner who changes the address back leaves the thief no link', async (t) => {
  const { change, undo, subjectsTo, mails, service } = await changing(t)
  const owner = await signUp(service)
  await change(owner.copy(), THIEF)
  await change(owner, ADA)
  t.same(await subjectsTo(THIEF), [
    'Confirm your new address for Tacit',
    'This address was taken from your Tacit account',
  ])
  for (const { text } of mails().filter(({ to }) => to === THIEF)) t.notMatch(text, '/keep-address/')
  const links = mails().filter(({ text }) => text.includes('/keep-address/'))
  t.equal(links.length, 2)
  for (const mail of links) t.equal((await undo(tokenOf(mail))).statusCode, 400, 'and needs none')
})

t.test('a link from a mailbox changes nothing when it is only opened', async (t) => {
  const { service, change, link, emailOf } = await changing(t)
  const jar = await signUp(service)
  await change(jar, NEW)
  const token = await link(ADA, 'keep-address')
  for (const url of ['/auth/email/undo', `/auth/email/undo?token=${token}`])
    t.equal((await service.request({ url })).statusCode, 405)
  t.equal(await emailOf(jar), NEW)
})

t.test('a change of address leaves no token and no address in the log and in events', async (t) => {
  const log: string[] = []
  const server = await startMailServer(t)
  const environment = { ...server.settings, EMAIL_VERIFICATION: 'optional', LOG_LEVEL: 'trace' } as const
  const service = await buildApp(t, { environment, log: (line) => log.push(line) })
  const jar = await signUp(service)
  const payload = { email: NEW, currentPassword: PASSWORD }
  await service.request({ method: 'POST', url: '/me/email', payload }, jar)
  await sendDue(service)
  t.equal((await confirm(service, newest(server))).statusCode, 204)
  await sendDue(service)
  const tokens = server.arrived.map(tokenOf)
  const undo = { method: 'POST', url: '/auth/email/undo', payload: { token: tokens.at(-1) } } as const
  t.equal((await service.request(undo)).statusCode, 204)
  const seen = log.join('') + JSON.stringify(await internalsOf(service.app).store.listEvents(100))
  for (const secret of [...tokens, NEW, ADA]) t.notOk(seen.includes(secret))
})
