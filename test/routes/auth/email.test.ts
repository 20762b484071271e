import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../../support/app.ts'
import type { Jar } from '../../support/jar.ts'
import { type MailServer, sendDue, startMailServer, tokenOf } from '../../support/mail-server.ts'
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

t.test('a new account gets a link, which confirms its address and signs nobody in', async (t) => {
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
