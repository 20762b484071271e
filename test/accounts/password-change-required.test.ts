import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../support/administration.ts'
import { buildApp, PASSWORD, signIn, type TestApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { type Jar, setCookies } from '../support/jar.ts'
import { matchesWhole } from '../support/lists.ts'
import { isRefusal } from '../support/refusals.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

const NEXT = 'a lantern over the harbour'
const REQUIRED = { status: 403, code: 'PASSWORD_CHANGE_REQUIRED', message: 'Choose a new password first' }

/** A service with a guarded route of an application's own. */
const routes: NonNullable<Parameters<typeof buildApp>[1]>['routes'] = (app) => {
  app.get('/orders', async () => 'orders')
}

const require = (service: TestApp, root: Person, { id }: Person, passwordChangeRequired = true) =>
  change(service, root, { id }, { passwordChangeRequired })

const orders = (service: TestApp, jar: Jar) => service.request({ url: '/orders' }, jar)

const choose = (service: TestApp, jar: Jar, newPassword: string, currentPassword = PASSWORD) =>
  service.request({ method: 'POST', url: '/me/password', payload: { currentPassword, newPassword } }, jar)

t.test('refuses every other request in every process until the new password is set', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const here = await buildApp(t, { environment, routes })
  const there = await buildApp(t, { environment, routes, clock: here.clock })
  const [root, ada] = [await administrator(here), await person(here, 'ada')]
  const bo = await person(here, 'bo')
  const phone = await signIn(here)
  const { access_token } = await fetchTokens(here)
  for (const service of [here, there]) t.equal((await orders(service, ada.jar)).statusCode, 200)
  const before = ada.jar.copy()

  const response = await require(here, root, ada)
  t.match(response.json(), { user: { passwordChangeRequired: true, disabled: false } })
  for (const service of [here, there]) {
    for (const jar of [ada.jar, phone]) {
      const refused = await orders(service, jar)
      isRefusal(t, refused, REQUIRED)
      t.same(setCookies(refused), [], 'and no session ends')
      t.equal(refused.headers['cache-control'], 'no-store')
    }
    isRefusal(t, await service.request({ url: '/orders', headers: bearer(access_token) }), REQUIRED)
    t.equal((await orders(service, bo.jar)).statusCode, 200, 'no other account is asked')
  }
  t.same(ada.jar, before)
  isRefusal(t, await orders(there, await signIn(there)), REQUIRED, 'a new session does not help')

  const chosen = await choose(there, ada.jar, NEXT)
  t.equal(chosen.statusCode, 204, chosen.body)
  for (const service of [here, there]) t.equal((await orders(service, ada.jar)).statusCode, 200)
  t.equal((await orders(here, phone)).statusCode, 401, 'other sessions end, as with every new password')
  const { users } = (await here.request({ url: '/admin/users?q=ada' }, root.jar)).json()
  matchesWhole(t, users, [{ passwordChangeRequired: false }])
})

t.test('allows the list of sessions, the end of sessions and sign-out meanwhile', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const phone = await signIn(service)
  await require(service, root, ada)
  const status = async (method: 'GET' | 'PATCH' | 'DELETE' | 'POST', url: string, payload?: object) =>
    (await service.request({ method, url, ...(payload && { payload }) }, ada.jar)).statusCode
  t.match((await service.request({ url: '/me' }, ada.jar)).json(), { passwordChangeRequired: true })
  t.notOk('passwordChangeRequired' in (await service.request({ url: '/me' }, root.jar)).json())
  t.equal(await status('GET', '/me/sessions'), 200)
  t.equal(await status('DELETE', '/me/sessions'), 204)
  t.equal((await service.request({ url: '/me' }, phone)).statusCode, 401)
  t.equal(await status('POST', '/auth/refresh'), 204)
  // A caller who knows the old password must not be able to delete the account.
  t.equal(await status('DELETE', '/me', { currentPassword: PASSWORD }), 403)
  t.equal(await status('PATCH', '/me', { name: 'Ada' }), 403)
  t.equal(await status('GET', `/users/${ada.id}`), 403)
  t.equal(await status('POST', '/auth/logout'), 204)
  t.equal(await status('GET', '/me'), 401)
})

t.test('applies to an administrator as well', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await administrator(service, 'ada')]
  await require(service, root, ada)
  isRefusal(t, await service.request({ url: '/admin/users' }, ada.jar), REQUIRED)
  isRefusal(t, await require(service, ada, ada, false), REQUIRED)
})

t.test('refuses the old password as the new one', async (t) => {
  const service = await buildApp(t, { routes })
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  await require(service, root, ada)
  isRefusal(t, await choose(service, ada.jar, PASSWORD), {
    status: 422,
    code: 'PASSWORD_REJECTED',
    message: 'This is the password that you have.',
    reason: 'unchanged',
  })
  const payload = { newPassword: PASSWORD }
  const unasked = await service.request({ method: 'POST', url: '/me/password', payload }, ada.jar)
  t.match(
    unasked.json(),
    { reason: 'unchanged' },
    'nor soon after a sign-in, when the old one is not asked for',
  )
  t.equal((await choose(service, ada.jar, NEXT, 'wrong')).statusCode, 403)
  isRefusal(t, await orders(service, ada.jar), REQUIRED)
})

t.test('an administrator withdraws the requirement, or an operator sets the password', async (t) => {
  const service = await buildApp(t, { routes })
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  await require(service, root, ada)
  t.equal((await orders(service, ada.jar)).statusCode, 403)
  t.match((await require(service, root, ada, false)).json(), { user: { passwordChangeRequired: false } })
  t.equal((await orders(service, ada.jar)).statusCode, 200)

  await require(service, root, ada)
  await internalsOf(service.app).accounts.resetPassword(
    await internalsOf(service.app).accounts.get(ada.id),
    NEXT,
  )
  t.equal((await orders(service, await signIn(service, undefined, { password: NEXT }))).statusCode, 200)
})

t.test('records once which administrator required the change', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  await require(service, root, ada)
  await require(service, root, ada)
  await require(service, root, ada, false)
  const { events } = (await service.request({ url: `/admin/events?actorId=${root.id}` }, root.jar)).json()
  matchesWhole(t, events, [
    { type: 'password-change-waived', userId: ada.id, actorId: root.id, ip: '127.0.0.1' },
    { type: 'password-change-required', userId: ada.id, actorId: root.id, ip: '127.0.0.1' },
  ])
  t.equal(events.length, 2)
})
