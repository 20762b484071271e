import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { slowRoute } from '../../support/gates.ts'
import { Jar } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import { ACCESS_TTL, DAY, GRACE, keepsCookies, LOGOUT, ME, REFRESH, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'
import { buildUploadApp } from '../../support/uploads.ts'

const NEXT = 'a quiet lake beneath nine hills'
const THIRD = 'nine quiet hills above a lake'

const change = (currentPassword = PASSWORD, newPassword = NEXT) =>
  ({ method: 'POST', url: '/me/password', payload: { currentPassword, newPassword } }) as const

const RENAME = { method: 'PATCH', url: '/me', payload: { name: 'Mallory' } } as const
const REPLACED = { statusCode: 401, code: 'SESSION_ENDED', reason: 'replaced' }

const refreshOnly = (jar: Jar) => new Jar().set('refresh', jar.get('refresh') as string)
const accessOnly = (jar: Jar) => new Jar().set('access', jar.get('access') as string)

/** An owner whose cookies a thief has copied, after the owner has changed the password. */
async function changed(service: TestApp, afterSeconds = 0) {
  const owner = await signUp(service)
  const thief = owner.copy()
  const before = await rowOf(service, owner)
  service.clock.advance(afterSeconds)
  const { statusCode } = await service.request(change(), owner)
  if (statusCode !== 204) throw new Error(`not changed: ${statusCode}`)
  return { owner, thief, before }
}

t.test('refuses a copied refresh token at once after a change of password', async (t) => {
  const service = await buildApp(t)
  const { thief, owner } = await changed(service)
  for (const request of [REFRESH, ME, RENAME, change(NEXT, THIRD)]) {
    const refused = await service.request(request, refreshOnly(thief))
    t.match(refused.json(), REPLACED)
    keepsCookies(t, refused)
  }
  t.match(await rowOf(service, owner), { generation: 1, revokedAt: null }, 'the new session is unharmed')
})

t.test('refuses a copied access token at once for each request that changes something', async (t) => {
  const service = await buildApp(t)
  const { thief, owner } = await changed(service)
  const { sid } = claimsOf(owner.get('access') as string)
  t.equal((await service.request(ME, accessOnly(thief))).statusCode, 200, 'while it still reads')
  const changes = [
    RENAME,
    change(NEXT, THIRD),
    { method: 'DELETE', url: '/me', payload: {} },
    { method: 'DELETE', url: '/me/sessions' },
    { method: 'DELETE', url: `/me/sessions/${sid}` },
  ] as const
  for (const request of changes) {
    const headers = bearer(thief.get('access') as string)
    t.match((await service.request(request, accessOnly(thief))).json(), REPLACED)
    t.match((await service.request({ ...request, headers })).json(), REPLACED)
  }
  t.match((await service.request(ME, owner)).json(), { user: { name: null } })
})

t.test('lets an access token of the replaced session read until the grace is over', async (t) => {
  const service = await buildApp(t)
  const { thief } = await changed(service, SETTLE - 1)
  const access = accessOnly(thief)
  service.clock.advance(GRACE - 0.001)
  const answer = await service.request(ME, access.copy())
  t.equal(answer.statusCode, 200)
  keepsCookies(t, answer, 'it gets no cookie')
  service.clock.advance(0.001)
  t.match((await service.request(ME, access)).json(), REPLACED)
  const headers = bearer(access.get('access') as string)
  t.match((await service.request({ ...ME, headers })).json(), REPLACED)
  t.match(await rowOf(service, thief), { confirmedAt: null, revokedReason: 'replaced' }, 'it proves nothing')
})

t.test('a clock that is set back does not prolong the grace of a replaced session', async (t) => {
  const service = await buildApp(t)
  const { thief } = await changed(service)
  service.clock.step(-GRACE)
  t.match((await service.request(ME, accessOnly(thief))).json(), REPLACED)
})

t.test('an access token of a replaced session ends at the limits of the session', async (t) => {
  const service = await buildApp(t, { environment: { SESSION_TTL: '80s' } })
  const owner = await signUp(service)
  const thief = owner.copy()
  service.clock.advance(75)
  t.equal((await service.request(change(), owner)).statusCode, 204)
  service.clock.advance(5)
  t.equal((await service.request(ME, accessOnly(thief))).statusCode, 401)
  t.equal((await service.request(ME, owner)).statusCode, 401, 'a new password prolongs nothing')
})

t.test('gives the owner a session with an id and a seed of its own, of the same sign-in', async (t) => {
  const service = await buildApp(t)
  const { owner, before } = await changed(service)
  const after = await rowOf(service, owner)
  t.not(after.id, before.id)
  t.notSame(after.seed, before.seed)
  const { authenticatedAt, createdAt, expiresAt, remember } = before
  t.match(after, { authenticatedAt, createdAt, expiresAt, remember, generation: 1, isByCookie: true })

  const body = (await service.request({ url: '/me/sessions' }, owner)).json()
  t.match(body.sessions, [{ id: after.id, current: true }])
  t.equal(body.sessions.length, 1, 'the list of devices shows one session')

  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, owner)).statusCode, 200)
  t.match(await rowOf(service, owner), { id: after.id, generation: 2 }, 'and it is refreshed as any other')
})

t.test('does not move the idle limit back when the clock is behind', async (t) => {
  const service = await buildApp(t)
  const owner = await signIn(service, undefined, { jar: await signUp(service) })
  const { idleExpiresAt } = await rowOf(service, owner)
  service.clock.step(-2 * DAY)
  t.equal((await service.request(change(), owner)).statusCode, 204)
  t.equal((await rowOf(service, owner)).idleExpiresAt, idleExpiresAt)
})

t.test('records the end of the old session, the change and a copy that is refused', async (t) => {
  const service = await buildApp(t)
  const { owner, thief, before } = await changed(service)
  await service.request(REFRESH, refreshOnly(thief))
  const { id, userId } = await rowOf(service, owner)
  const events = await internalsOf(service.app).store.listEvents(3)
  matchesWhole(t, events, [
    {
      type: 'token-refused',
      userId,
      sessionId: before.id,
      reason: 'SESSION_ENDED replaced, POST /auth/refresh',
    },
    { type: 'password-changed', userId, sessionId: id, reason: null },
    { type: 'session-revoked', userId, sessionId: before.id, reason: 'replaced' },
  ])
})

t.test('serves reading requests of other tabs that arrive during the change', async (t) => {
  const slow = slowRoute()
  const service = await buildApp(t, { routes: slow.routes })
  const owner = await signUp(service)
  const [old, answering] = [owner.copy(), owner.copy()]
  const handling = service.request({ method: 'GET', url: '/slow' }, answering)
  await slow.reached
  const during = Array.from({ length: 6 }, () => service.request(ME, old.copy()))
  const changing = service.request(change(), owner)
  await Promise.all([...during, changing])
  const after = Array.from({ length: 6 }, () => service.request(ME, old.copy()))
  slow.open()

  t.equal((await changing).statusCode, 204)
  for (const answer of await Promise.all([...during, ...after, handling])) {
    t.equal(answer.statusCode, 200)
    keepsCookies(t, answer)
  }
  t.equal((await service.request(ME, owner)).statusCode, 200)
})

t.test('a request of the old session that is refused leaves the new cookies alone', async (t) => {
  const service = await buildUploadApp(t)
  const owner = await signUp(service)
  const old = owner.copy()
  const upload = await service.upload(owner)
  t.equal((await service.request(change(), owner)).statusCode, 204)
  const refused = [await upload.finish(), await service.request(RENAME, old)]
  service.clock.advance(ACCESS_TTL)
  refused.push(await service.request(ME, old), await service.request(REFRESH, old))
  for (const answer of refused) {
    t.match(JSON.parse(answer.body), REPLACED)
    keepsCookies(t, answer)
  }
  t.same(service.received, [], 'the upload was not handled')
  t.equal((await service.request(ME, owner)).statusCode, 200)
})

t.test('takes one of two changes at once, and leaves one session', async (t) => {
  const service = await buildApp(t)
  const owner = await signUp(service)
  const answers = await Promise.all([
    service.request(change(PASSWORD, NEXT), owner.copy()),
    service.request(change(PASSWORD, THIRD), owner.copy()),
  ])
  t.same(answers.map(({ statusCode }) => statusCode).sort(), [204, 401])
  const winner = owner.copy()
  for (const { statusCode, headers } of answers) {
    if (statusCode === 204) winner.take(headers['set-cookie'])
    else t.equal(headers['set-cookie'], undefined)
  }
  const { sessions } = (await service.request({ url: '/me/sessions' }, winner)).json()
  t.match(sessions, [{ current: true }])
  t.equal(sessions.length, 1)
})

t.test('after a lost answer the owner signs in once with the new password', async (t) => {
  const service = await buildApp(t)
  const owner = await signUp(service)
  t.equal((await service.request(change(), owner.copy())).statusCode, 204)
  service.clock.advance(GRACE)
  t.match((await service.request(ME, owner)).json(), REPLACED)
  await t.rejects(signIn(service, undefined, { jar: owner }), /LOGIN_FAILED/)
  await signIn(service, undefined, { jar: owner, password: NEXT })
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, owner)).statusCode, 200)
})

t.test('signing out with the old cookies keeps the new session', async (t) => {
  const service = await buildApp(t)
  const { owner, thief } = await changed(service)
  t.equal((await service.request(LOGOUT, thief)).statusCode, 204)
  await nextTurn()
  t.equal((await service.request(ME, owner)).statusCode, 200)
})

t.test('a session by bearer token keeps both of its tokens', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const tokens = await fetchTokens(service)
  const headers = bearer(tokens.access_token)
  t.equal((await service.request({ ...change(), headers })).statusCode, 204)
  service.clock.advance(ACCESS_TTL)
  const payload = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  t.equal((await service.request({ method: 'POST', url: '/auth/token', payload })).statusCode, 200)
  const { sid } = claimsOf(tokens.access_token)
  const [event] = await internalsOf(service.app).store.listEvents(1)
  t.match(event, { type: 'password-changed', sessionId: sid })
})
