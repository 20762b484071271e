import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../../support/app.ts'
import { FORBIDDEN, isRefusal, malformed } from '../../support/refusals.ts'
import { bearer, fetchTokens } from '../../support/tokens.ts'

const forbidden = { status: 403, code: 'ACCESS_FORBIDDEN', message: FORBIDDEN }

async function idOf({ app }: TestApp, email: string): Promise<string> {
  const user = await internalsOf(app).accounts.findByEmail(email)
  if (user === undefined) throw new Error(`${email} has no account`)
  return user.id
}

async function setRole({ app }: TestApp, email: string, role: string): Promise<void> {
  const user = await internalsOf(app).accounts.findByEmail(email)
  if (user) await internalsOf(app).accounts.setRole(user, role)
}

t.test('returns an account to its owner', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const id = await idOf(service, 'ada@example.com')
  const response = await service.request({ url: `/users/${id}` }, browser)
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), {
    user: {
      id,
      email: 'ada@example.com',
      name: null,
      role: 'user',
      createdAt: '2026-01-15T12:00:00.000Z',
      disabled: false,
      emailConfirmed: false,
    },
  })
})

t.test('refuses another caller, whether or not the account exists', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await signUp(service, 'bo@example.com')
  const theirs = await idOf(service, 'bo@example.com')
  const nobodys = '019bc186-de00-738c-b587-e5f65ab95d6c'
  isRefusal(t, await service.request({ url: `/users/${theirs}` }, browser), forbidden)
  isRefusal(t, await service.request({ url: `/users/${nobodys}` }, browser), forbidden)
  isRefusal(
    t,
    await service.request({ url: '/users/1' }, browser),
    malformed('params/userId must match format "uuid"'),
  )
})

t.test('lets an administrator read any account, from promotion to demotion', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await signUp(service, 'bo@example.com')
  const url = `/users/${await idOf(service, 'bo@example.com')}`
  t.equal((await service.request({ url }, browser)).statusCode, 403)

  await setRole(service, 'ada@example.com', 'admin')
  t.equal((await service.request({ url }, browser)).json().user.email, 'bo@example.com')
  isRefusal(t, await service.request({ url: '/users/019bc186-de00-738c-b587-e5f65ab95d6c' }, browser), {
    status: 404,
    code: 'NOT_FOUND',
    message: 'There is nothing here',
  })

  await setRole(service, 'bo@example.com', 'admin')
  await setRole(service, 'ada@example.com', 'user')
  isRefusal(t, await service.request({ url }, browser), forbidden)
})

t.test('refuses a bearer token from before a change of role until it is renewed', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const before = await fetchTokens(service)
  await setRole(service, 'ada@example.com', 'admin')
  const stale = await service.request({ url: '/me', headers: bearer(before.access_token) })
  t.match(stale.json(), { code: 'TOKEN_EXPIRED', reason: 'stale' })

  const payload = { grant_type: 'refresh_token', refresh_token: before.refresh_token }
  const after = (await service.request({ method: 'POST', url: '/auth/token', payload })).json()
  const response = await service.request({ url: '/me', headers: bearer(after.access_token) })
  t.equal(response.json().user.role, 'admin')
})

t.test('signs out a disabled account at the very next request', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const user = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
  if (user) await internalsOf(service.app).accounts.setDisabled(user, true)
  t.equal((await service.request({ url: '/me' }, browser)).json().code, 'SESSION_ENDED')
})
