/** The mail that tells an owner what happened to the account. */
import t, { type Test } from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator } from '../support/administration.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import { Jar } from '../support/jar.ts'
import { type MailServer, sendDue, startMailServer } from '../support/mail-server.ts'

const ADA = 'ada@example.com'
const NEXT = 'a violet horse in the battery'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

interface Setting {
  readonly service: TestApp
  readonly server: MailServer
  /** The subjects of the mail that arrived since the last call, and their texts. */
  told(): Promise<{ readonly subjects: readonly (string | undefined)[]; readonly text: string }>
}

async function withMail(t: Test): Promise<Setting> {
  const server = await startMailServer(t)
  const service = await buildApp(t, { environment: server.settings })
  let seen = 0
  return {
    service,
    server,
    async told() {
      await sendDue(service)
      const fresh = server.arrived.slice(seen)
      seen = server.arrived.length
      return { subjects: fresh.map(({ subject }) => subject), text: fresh.map(({ text }) => text).join('\n') }
    },
  }
}

const idOf = async ({ app }: TestApp): Promise<string> =>
  String((await internalsOf(app).accounts.findByEmail(ADA))?.id)

const login = ({ request }: TestApp, jar = new Jar(), headers = {}) =>
  request({ method: 'POST', url: '/auth/login', payload: { email: ADA, password: PASSWORD }, headers }, jar)

t.test('tells of a sign-in from a browser that the account does not know, once', async (t) => {
  const { service, told } = await withMail(t)
  const known = await signUp(service)
  t.strictSame((await told()).subjects, [], 'not of the registration')
  await login(service, known)
  await service.request({ method: 'POST', url: '/auth/logout' }, known)
  await login(service, known)
  t.strictSame((await told()).subjects, [], 'not of a known browser')

  const unknown = new Jar()
  await login(service, unknown, { 'user-agent': FIREFOX })
  const { subjects, text } = await told()
  t.strictSame(subjects, ['New sign-in to Tacit'])
  t.match(text, /When: January 15, 2026/)
  t.match(text, 'Where: Firefox on Linux, from the network address 127.0.0.1')
  t.match(text, /#\/forgot-password/)
  await login(service, unknown)
  t.strictSame((await told()).subjects, [], 'the browser is known now')
})

t.test('tells of a failed sign-in in no mail', async (t) => {
  const { service, told } = await withMail(t)
  await signUp(service)
  const payload = { email: ADA, password: 'a wrong one of fair length' }
  await service.request({ method: 'POST', url: '/auth/login', payload })
  t.strictSame((await told()).subjects, [])
})

t.test('tells of a program once, and of three unknown sign-ins an hour', async (t) => {
  const { service, told } = await withMail(t)
  await signUp(service)
  const token = (userAgent: string) =>
    service.request({
      method: 'POST',
      url: '/auth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
      payload: new URLSearchParams({ grant_type: 'password', username: ADA, password: PASSWORD }).toString(),
    })
  for (const name of ['curl/8', 'curl/8', 'other/1']) t.equal((await token(name)).statusCode, 200)
  t.equal((await told()).subjects.length, 2)
  for (let count = 0; count < 5; count++) await login(service)
  t.equal((await told()).subjects.length, 1, 'three in all')
  service.clock.advance(61 * 60)
  await login(service)
  t.equal((await told()).subjects.length, 1)
})

t.test('tells of no sign-in after the owner has turned that off', async (t) => {
  const { service, told } = await withMail(t)
  const jar = await signUp(service)
  t.match((await service.request({ url: '/me' }, jar)).json(), { signInNotices: true })
  const payload = { signInNotices: false }
  t.equal((await service.request({ method: 'PATCH', url: '/me', payload }, jar)).statusCode, 200)
  t.match((await service.request({ url: '/me' }, jar)).json(), { signInNotices: false })
  await login(service)
  t.strictSame((await told()).subjects, [])
  const both = { signInNotices: true, name: 'Ada' }
  t.match((await service.request({ method: 'PATCH', url: '/me', payload: both }, jar)).json(), {
    user: { name: 'Ada' },
  })
  await login(service)
  t.strictSame((await told()).subjects, ['New sign-in to Tacit'])
  t.equal((await service.request({ method: 'PATCH', url: '/me', payload: {} }, jar)).statusCode, 400)
})

t.test('tells of a new password, by its owner or by an operator', async (t) => {
  const { service, told } = await withMail(t)
  const jar = await signUp(service)
  const change = (newPassword: string, currentPassword?: string) =>
    service.request(
      {
        method: 'POST',
        url: '/me/password',
        payload: { newPassword, ...(currentPassword && { currentPassword }) },
      },
      jar,
    )
  t.equal((await change('short')).statusCode, 422)
  t.equal((await change(NEXT, 'wrong')).statusCode, 403)
  t.strictSame((await told()).subjects, [], 'not of a refusal')
  t.equal((await change(NEXT)).statusCode, 204)
  const own = await told()
  t.strictSame(own.subjects, ['Your Tacit password was changed'])
  t.match(own.text, 'All other devices have been signed out')
  const { accounts } = internalsOf(service.app)
  await accounts.resetPassword(await accounts.get(await idOf(service)), PASSWORD)
  const byOperator = await told()
  t.strictSame(byOperator.subjects, ['Your Tacit password was changed'])
  t.match(byOperator.text, 'An administrator changed the password')
  t.notMatch(byOperator.text, 'Where:')
})

t.test('tells of a session that ended by reuse, once', async (t) => {
  const { service, told } = await withMail(t)
  const jar = await signUp(service)
  const stolen = jar.copy()
  const refresh = (of: Jar) =>
    service.request({ method: 'POST', url: '/auth/refresh', headers: { 'user-agent': FIREFOX } }, of)
  service.clock.advance(120)
  await refresh(jar)
  service.clock.advance(120)
  await service.request({ url: '/me' }, jar)
  service.clock.advance(120)
  for (let count = 0; count < 3; count++) t.equal((await refresh(stolen.copy())).statusCode, 401)
  const { subjects, text } = await told()
  t.strictSame(subjects, ['A device was signed out of Tacit'])
  t.match(text, 'Where: Firefox on Linux')
})

t.test('tells of an account that was disabled or deleted, and of no other change', async (t) => {
  const { service, told } = await withMail(t)
  const root = await administrator(service)
  await signUp(service)
  await told()
  const id = await idOf(service)
  const change = (payload: object) =>
    service.request({ method: 'PATCH', url: `/admin/users/${id}`, payload }, root.jar)
  t.equal((await change({ role: 'admin' })).statusCode, 200)
  t.equal((await change({ role: 'user' })).statusCode, 200)
  t.strictSame((await told()).subjects, [])
  for (let count = 0; count < 2; count++) t.equal((await change({ disabled: true })).statusCode, 200)
  t.strictSame((await told()).subjects, ['Your Tacit account was disabled'])
  t.equal((await change({ disabled: false })).statusCode, 200)

  const jar = await signIn(service)
  await told()
  t.equal((await service.request({ method: 'DELETE', url: '/me', payload: {} }, jar)).statusCode, 204)
  const own = await told()
  t.strictSame(own.subjects, ['Your Tacit account was deleted'], 'although the account is gone')
  t.match(own.text, /Where: /)

  await signUp(service)
  await internalsOf(service.app).accounts.deleteAccount({ id: await idOf(service) })
  t.match(await told(), { subjects: ['Your Tacit account was deleted'], text: /An administrator deleted/ })
})
