import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import type { Account } from '../../src/store/account.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestApp } from '../support/app.ts'
import { withDriver } from '../support/database-faults.ts'
import type { Jar } from '../support/jar.ts'
import { isRefusal, unproved } from '../support/refusals.ts'
import { rowOf } from '../support/rows.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

const me = { url: '/me' } as const
const ended = unproved('SESSION_ENDED', 'revoked')
const statusOf = async ({ request }: TestApp, jar: Jar) => (await request(me, jar)).statusCode

t.test('a sign-in over the limit ends the session seen longest ago, at its next request', async (t) => {
  const service = await buildApp(t, { environment: { MAX_SESSIONS_PER_USER: 3 } })
  await signUp(service, 'bo@example.com')
  const first = await signUp(service)
  service.clock.advance(1)
  const second = await signIn(service)
  service.clock.advance(1)
  const third = await signIn(service)
  service.clock.advance(1_000)
  t.equal(await statusOf(service, first), 200, 'it is seen, and no longer the oldest')
  t.equal(await statusOf(service, third), 200)
  const before = second.copy()

  const fourth = await signIn(service)
  isRefusal(t, await service.request(me, before), ended)
  for (const jar of [first, third, fourth]) t.equal(await statusOf(service, jar), 200)

  t.match(await rowOf(service, second), { revokedReason: 'session-limit' })
  const { id, userId } = await rowOf(service, second)
  const [refused, revoked, signedIn] = await internalsOf(service.app).store.listEvents(3)
  t.match(refused, { type: 'token-refused' })
  t.match(signedIn, { type: 'signed-in' })
  t.match(revoked, { type: 'session-revoked', reason: 'session-limit', sessionId: id, userId })
})

t.test('refuses a cached access token of a session that the limit ended', async (t) => {
  const service = await buildApp(t, { environment: { MAX_SESSIONS_PER_USER: 1 } })
  await signUp(service)
  const { access_token } = await fetchTokens(service)
  const asked = { ...me, headers: bearer(access_token) }
  t.equal((await service.request(asked)).statusCode, 200)
  await fetchTokens(service)
  isRefusal(t, await service.request(asked), ended)
})

t.test('does not count sessions that ended, expired or were replaced', async (t) => {
  const service = await buildApp(t, { environment: { MAX_SESSIONS_PER_USER: 2 } })
  const browser = await signUp(service)
  const phone = await signIn(service)
  await signIn(service, 'ada@example.com', { jar: browser })
  t.equal(await statusOf(service, phone), 200, 'signing in again replaces')
  await service.request({ method: 'POST', url: '/auth/logout' }, browser)
  const tablet = await signIn(service)
  t.equal(await statusOf(service, phone), 200, 'signing out makes room')
  service.clock.advance(7 * 24 * 60 * 60)
  const later = [await signIn(service), await signIn(service)]
  for (const jar of later) t.equal(await statusOf(service, jar), 200)
  t.match(await rowOf(service, tablet), { revokedReason: null })
})

t.test('counts each account alone', async (t) => {
  const service = await buildApp(t, { environment: { MAX_SESSIONS_PER_USER: 1 } })
  const ada = await signUp(service)
  await signUp(service, 'bo@example.com')
  await signIn(service, 'bo@example.com')
  t.equal(await statusOf(service, ada), 200)
})

t.test('allows fifty sessions by default', async (t) => {
  const service = await buildApp(t)
  t.equal(internalsOf(service.app).config.maxSessionsPerUser, 50)
})

t.test('holds for sign-ins at the same time', async (t) => {
  const service = await buildApp(t, { environment: { MAX_SESSIONS_PER_USER: 3 } })
  await signUp(service)
  const jars = await Promise.all(Array.from({ length: 12 }, () => signIn(service)))
  const statuses = await Promise.all(jars.map((jar) => statusOf(service, jar)))
  t.equal(statuses.filter((status) => status === 200).length, 3)
})

t.test('finds the session to end by one query that skips ended sessions', async (t) => {
  const { prototype } = BetterSqlite
  const { prepare } = prototype
  const sources: string[] = []
  prototype.prepare = function preparing(this: BetterSqlite.Database, source: string) {
    sources.push(source)
    return prepare.call(this, source)
  } as typeof prepare
  const [, driver] = await withDriver(() => buildApp(t)).finally(() => {
    prototype.prepare = prepare
  })
  const [query = '', ...others] = sources.filter((source) => source.includes('offset'))
  t.same(others, [])
  const plan = driver.prepare(`EXPLAIN QUERY PLAN ${query.replaceAll('?', 'NULL')}`).all()
  const details = (plan as { detail: string }[]).map(({ detail }) => detail)
  t.ok(
    details.includes('SEARCH sessions USING INDEX sessions_user_id (user_id=? AND revoked_at=?)'),
    details.join(),
  )
  t.notMatch(details.join(), /SCAN/)
})

t.test('starts no session for an account that has changed meanwhile', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const { accounts, sessions } = internalsOf(service.app)
  const start = (user: Account) =>
    sessions.start(user, { remember: true, isByCookie: true, client: { ip: '127.0.0.1', userAgent: '' } })
  const user = (await accounts.findByEmail('ada@example.com')) as Account
  const refused = { name: 'AuthError', code: 'LOGIN_FAILED' }

  await start(user)
  service.clock.advance(1)
  await accounts.resetPassword(user, 'a quite different set of words')
  await t.rejects(start(user), refused, 'another password since')
  const changed = await accounts.get(user.id)
  await accounts.setDisabled(user, true)
  await t.rejects(start(changed), refused, 'disabled since')
  await accounts.setDisabled(user, false)
  await start(changed)
  await internalsOf(service.app).store.deleteUser(user.id, 0)
  await t.rejects(start(changed), refused, 'deleted since')
})

t.test('keeps every session in a store without a limit', async (t) => {
  const store = createSqliteStore({ url: ':memory:' })
  t.teardown(() => store.close())
  const user = someUser()
  await store.createUser(user)
  for (let count = 0; count < 60; count++)
    t.match(await store.createSession(someSession(user.id)), { ended: [] })
  t.equal((await store.listSessions(user.id, 0)).length, 60)
})
