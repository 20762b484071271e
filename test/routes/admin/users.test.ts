import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../../support/administration.ts'
import { buildApp, PASSWORD, signIn, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { failuresBefore, failuresOf, login } from '../../support/failures.ts'
import { holdNext, untilRequestsRest } from '../../support/gates.ts'
import { setCookies } from '../../support/jar.ts'
import { matchesWhole } from '../../support/lists.ts'
import {
  loggedToken,
  MAIL_TO_LOG,
  resetTokenFor,
  sendDue,
  startMailServer,
  tokenOf,
} from '../../support/mail-server.ts'
import { FORBIDDEN, isRefusal, malformed, unproved } from '../../support/refusals.ts'
import { someUser } from '../../support/rows-by-hand.ts'
import { begin, listen, send } from '../../support/socket.ts'
import { bearer, claimsOf, fetchTokens } from '../../support/tokens.ts'

const NOBODY = '019bc186-de00-738c-b587-e5f65ab95d6c'
const nothing = { status: 404, code: 'NOT_FOUND', message: 'There is nothing here' }

const list = async ({ request }: TestApp, { jar }: Person, query: Record<string, string> = {}) =>
  (await request({ url: '/admin/users', query }, jar)).json()

const emails = (users: readonly { email: string }[]) => users.map(({ email }) => email.split('@')[0])

t.test('refuses strangers and callers without the permission on every route', async (t) => {
  const service = await buildApp(t)
  const ada = await person(service, 'ada')
  const routes = [
    { method: 'GET', url: '/admin/users' },
    { method: 'GET', url: `/admin/users/${ada.id}` },
    { method: 'GET', url: '/admin/roles' },
    { method: 'POST', url: '/admin/users', payload: { email: 'bo@example.com' } },
    { method: 'PATCH', url: `/admin/users/${ada.id}`, payload: { role: 'admin' } },
    { method: 'DELETE', url: `/admin/users/${ada.id}` },
    { method: 'POST', url: `/admin/users/${ada.id}/unlock` },
    { method: 'GET', url: `/admin/users/${ada.id}/sessions` },
    { method: 'DELETE', url: `/admin/users/${ada.id}/sessions` },
    { method: 'DELETE', url: `/admin/users/${ada.id}/sessions/${'A'.repeat(22)}` },
    { method: 'GET', url: '/admin/events' },
  ] as const
  for (const route of routes) {
    isRefusal(t, await service.request(route), unproved('TOKEN_MISSING'))
    isRefusal(t, await service.request(route, ada.jar), {
      status: 403,
      code: 'ACCESS_FORBIDDEN',
      message: FORBIDDEN,
    })
  }
})

t.test('lists accounts from the newest on, a page at a time', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  for (const name of ['ada', 'bo', 'cy']) {
    service.clock.advance(1)
    await internalsOf(service.app).accounts.create({
      email: `${name}@example.com`,
      password: 'a lantern over the harbour',
    })
  }
  const { users, nextCursor } = await list(service, root)
  t.equal(nextCursor, null)
  t.same(emails(users), ['cy', 'bo', 'ada', 'root'])
  t.strictSame(users[3], {
    id: root.id,
    email: 'root@example.com',
    name: null,
    role: 'admin',
    createdAt: '2026-01-15T12:00:00.000Z',
    disabled: false,
    emailConfirmed: false,
    passwordChangeRequired: false,
    invited: false,
  })

  const first = await list(service, root, { limit: '2' })
  t.same(emails(first.users), ['cy', 'bo'])
  // New accounts between two pages move no entry.
  service.clock.advance(1)
  await internalsOf(service.app).accounts.create({
    email: 'di@example.com',
    password: 'a lantern over the harbour',
  })
  const second = await list(service, root, { limit: '2', cursor: first.nextCursor })
  t.same([emails(second.users), second.nextCursor], [['ada', 'root'], null])
})

t.test('shows one account as the list does', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const ada = await person(service, 'ada')
  await change(service, root, ada, { passwordChangeRequired: true })
  const see = (id: string) => service.request({ url: `/admin/users/${id}` }, root.jar)
  const { user } = (await see(ada.id)).json()
  t.match(user, { id: ada.id, passwordChangeRequired: true })
  t.strictSame(user, (await list(service, root, { q: 'ada' })).users[0])
  isRefusal(t, await see(NOBODY), nothing)
})

t.test('finds accounts by any part of the address or the name, without patterns', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const add = (email: string, name: string | null, createdAt: number) =>
    internalsOf(service.app).store.createUser({
      ...someUser({ email, emailKey: email.toLowerCase(), name, createdAt }),
      id: `00000000-0000-7000-8000-${String(createdAt).padStart(12, '0')}`,
    })
  await add('Ada.Lovelace@example.org', 'Countess', 1)
  await add('bo_1@example.org', '100% Bo', 2)
  await add('cyx1@example.org', 'back\\slash', 3)
  const found = async (q: string) => emails((await list(service, root, { q })).users)
  t.same(await found('LOVE'), ['Ada.Lovelace'])
  t.same(await found('countess'), ['Ada.Lovelace'])
  t.same(await found('@EXAMPLE.ORG'), ['cyx1', 'bo_1', 'Ada.Lovelace'])
  t.same(await found('_1@'), ['bo_1'], '_ stands for nothing else')
  t.same(await found('%'), ['bo_1'], 'nor does %')
  t.same(await found('\\'), ['cyx1'], 'nor does \\')
  t.same(await found("' OR 1=1 --"), [])
  t.equal((await found('')).length, 4)

  // More than are looked at in one go: some where the first look ends, one at either end.
  const edge = [103, 104, 105, 106]
  for (let at = 4; at <= 1_102; at++) {
    await add(`many${at}@example.net`, edge.includes(at) ? 'at the edge' : null, at)
  }
  await add('cyx2@example.org', null, 1_103)
  t.same(await found('edge'), ['many106', 'many105', 'many104', 'many103'])
  const first = await list(service, root, { q: 'cyx', limit: '1' })
  t.same(emails(first.users), ['cyx2'])
  const second = await list(service, root, { q: 'cyx', limit: '1', cursor: first.nextCursor })
  t.same([emails(second.users), second.nextCursor], [['cyx1'], null])
})

t.test('stops a search when its client has gone', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const { store } = internalsOf(service.app)
  for (let n = 0; n < 3_000; n++) await store.createUser(someUser())
  const port = await listen(service)
  const search = { method: 'GET', url: '/admin/users?q=who+has+no+match' }
  let looks = 0
  const { searchUsers } = store
  Object.assign(store, {
    searchUsers(...args: Parameters<typeof searchUsers>) {
      looks += 1
      return searchUsers(...args)
    },
  })

  t.equal((await send(port, search, root.jar)).statusCode, 200)
  t.equal(looks, 4, 'a client that waits is answered from all of them')

  looks = 0
  const closed = Promise.withResolvers<void>()
  service.app.server.once('connection', (socket) => socket.once('close', closed.resolve))
  const held = holdNext(store, 'searchUsers', 'after')
  const { outgoing } = begin(port, search, root.jar)
  outgoing.end()
  await held.reached
  outgoing.destroy()
  await closed.promise
  held.open()
  await untilRequestsRest()
  t.equal(looks, 1)
})

t.test('unlocks an account at once, and the event names the administrator', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const unlock = (id: string) =>
    service.request({ method: 'POST', url: `/admin/users/${id}/unlock` }, root.jar)
  await failuresBefore(service, 100)
  t.equal(await login(service), 401)
  const response = await unlock(ada.id)
  t.same([response.statusCode, response.body], [204, ''])
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    { type: 'unlocked', userId: ada.id, actorId: root.id, ip: '127.0.0.1' },
  ])
  t.equal(await login(service), 200)
  t.equal((await unlock(ada.id)).statusCode, 204, 'also when there is nothing to forget')
  isRefusal(t, await unlock(NOBODY), nothing)
  t.equal((await service.request({ url: '/me' }, ada.jar)).statusCode, 200, 'sessions go on')
})

t.test('answers 404 when an account is deleted while it is unlocked', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const held = holdNext(internalsOf(service.app).store, 'unlockUser', 'before')
  const unlocking = service.request({ method: 'POST', url: `/admin/users/${ada.id}/unlock` }, root.jar)
  await held.reached
  await internalsOf(service.app).store.deleteUser(ada.id, service.clock.now())
  held.open()
  isRefusal(t, await unlocking, nothing)
})

t.test('refuses a malformed page or filter', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const { nextCursor: ofEvents } = (await service.request({ url: '/admin/events?limit=1' }, root.jar)).json()
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const strange = ['', 'x', ofEvents, encode('users:'), encode(`users:${NOBODY} `), encode(NOBODY)]
  for (const cursor of strange) {
    const response = await service.request({ url: '/admin/users', query: { cursor } }, root.jar)
    isRefusal(t, response, malformed('querystring/cursor is not a cursor of this list'), `cursor ${cursor}`)
  }
  for (const limit of ['0', '101', '-1', '1e1', 'ten', '']) {
    const response = await service.request({ url: '/admin/users', query: { limit } }, root.jar)
    t.match(response.json(), { code: 'INVALID_REQUEST', message: /^querystring\/limit/ }, `limit ${limit}`)
  }
  const misspelt = await service.request({ url: '/admin/users?search=ada' }, root.jar)
  isRefusal(t, misspelt, malformed('querystring must not have the property "search"'))
})

t.test('a change of role takes effect silently at the next request, in every process', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const here = await buildApp(t, { environment })
  const there = await buildApp(t, { environment, clock: here.clock })
  const [root, ada] = [await administrator(here), await person(here, 'ada')]
  const url = `/users/${root.id}`
  t.equal((await there.request({ url }, ada.jar)).statusCode, 403)
  const tab = ada.jar.copy()

  const response = await change(here, root, ada, { role: 'admin' })
  t.equal(response.statusCode, 200)
  t.match(response.json(), { user: { id: ada.id, role: 'admin', disabled: false } })
  for (const [service, jar] of [
    [there, ada.jar],
    [here, tab],
  ] as const) {
    const next = await service.request({ url }, jar)
    t.equal(next.statusCode, 200)
    t.equal(setCookies(next).length, 1, 'the access cookie alone')
    t.match(claimsOf(jar.get('access') as string), { role: 'admin', scope: /users:read/ })
  }

  await change(here, root, ada, { role: 'user' })
  t.equal((await there.request({ url }, ada.jar)).statusCode, 403)
  t.equal((await there.request({ url: '/me' }, ada.jar)).statusCode, 200, 'and no session has ended')
})

t.test(
  'signs out a disabled account at the next request in every process, and admits it when enabled',
  async (t) => {
    const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
    const here = await buildApp(t, { environment })
    const there = await buildApp(t, { environment, clock: here.clock })
    const [root, ada] = [await administrator(here), await person(here, 'ada')]
    t.equal((await there.request({ url: '/me' }, ada.jar)).statusCode, 200)

    const both = await change(here, root, ada, { disabled: true, role: 'admin' })
    t.match(both.json(), { user: { disabled: true, role: 'admin' } })
    isRefusal(t, await there.request({ url: '/me' }, ada.jar), unproved('SESSION_ENDED', 'revoked'))
    await t.rejects(signIn(there), { message: /LOGIN_FAILED/ })
    t.match((await change(here, root, ada, { disabled: false })).json(), { user: { disabled: false } })
    await signIn(there)
  },
)

t.test('keeps the time of a state that already holds', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const disabledAt = async () => (await internalsOf(service.app).accounts.get(ada.id)).disabledAt
  await change(service, root, ada, { disabled: true })
  const first = await disabledAt()
  t.equal(first, service.clock.now())
  service.clock.advance(60)
  await change(service, root, ada, { disabled: true })
  t.equal(await disabledAt(), first)
})

t.test('refuses an invalid change, and makes no part of it', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  isRefusal(t, await change(service, root, { id: NOBODY }, { disabled: true }), nothing)
  const patch = (payload: object, id = ada.id) =>
    service.request({ method: 'PATCH', url: `/admin/users/${id}`, payload }, root.jar)
  isRefusal(t, await patch({}), malformed('body must NOT have fewer than 1 properties'))
  for (const property of ['password', 'passwordHash', 'email', 'id']) {
    const refused = malformed(`body must not have the property "${property}"`)
    isRefusal(t, await patch({ disabled: true, [property]: 'a lantern over the harbour' }), refused)
  }
  const noRole = malformed('body/role must be equal to one of the allowed values')
  isRefusal(t, await patch({ disabled: true, role: 'boss' }), noRole)
  isRefusal(t, await patch({ disabled: 'true' }), malformed('body/disabled must be boolean'))
  isRefusal(t, await patch({ disabled: true }, '1'), malformed('params/userId must match format "uuid"'))
  const user = await internalsOf(service.app).accounts.get(ada.id)
  t.match(user, { role: 'user', disabledAt: null })
  await t.rejects(internalsOf(service.app).accounts.setRole(user, 'boss'), {
    message: 'There is no role "boss"',
  })
})

const remove = (service: TestApp, by: Person, id: string) =>
  service.request({ method: 'DELETE', url: `/admin/users/${id}` }, by.jar)

t.test('deletes an account and its sessions at once in every process, and records who did it', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const here = await buildApp(t, { environment })
  const there = await buildApp(t, { environment, clock: here.clock })
  const [root, ada] = [await administrator(here), await person(here, 'ada')]
  const phone = await signIn(there)
  const { access_token } = await fetchTokens(there)
  t.equal((await there.request({ url: '/me' }, ada.jar)).statusCode, 200)
  await failuresBefore(here, 3)

  const response = await remove(here, root, ada.id)
  t.same([response.statusCode, response.body], [204, ''])
  t.equal(await failuresOf(here), 0, 'failed sign-ins are forgotten')
  for (const jar of [ada.jar, phone]) {
    isRefusal(t, await there.request({ url: '/me' }, jar), unproved('SESSION_ENDED', 'unknown'))
  }
  t.equal((await there.request({ url: '/me', headers: bearer(access_token) })).statusCode, 401)
  await t.rejects(signIn(there), { message: /LOGIN_FAILED/ })
  isRefusal(t, await remove(there, root, ada.id), nothing)
  isRefusal(t, await remove(there, root, NOBODY), nothing)

  matchesWhole(t, await internalsOf(here.app).store.listEvents(9, { type: 'account-deleted' }), [
    { userId: ada.id, actorId: root.id, ip: '127.0.0.1', reason: null },
  ])
  const events = await internalsOf(here.app).store.listEvents(9, { userId: ada.id, type: 'registered' })
  t.equal(events.length, 1, 'earlier events stay')
  const again = await person(there, 'ada')
  t.not(again.id, ada.id, 'the address is free')
})

t.test('refuses to delete the own account, which takes the password', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  await administrator(service, 'ada')
  isRefusal(t, await remove(service, root, root.id), {
    status: 403,
    code: 'ACCESS_FORBIDDEN',
    message: /DELETE \/me/,
  })
  t.equal((await service.request({ url: '/me' }, root.jar)).statusCode, 200)
})

t.test('lists sessions, and ends one or all', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const phone = await signIn(service)
  const { access_token } = await fetchTokens(service)
  const url = `/admin/users/${ada.id}/sessions`
  const { sessions } = (await service.request({ url }, root.jar)).json()
  t.equal(sessions.length, 3)
  const seen = (await service.request({ url: '/me/sessions' }, ada.jar)).json().sessions
  t.same(new Set(sessions), new Set(seen.map((session: object) => ({ ...session, current: false }))))

  const { sid } = claimsOf(access_token)
  const end = (path = '') => service.request({ method: 'DELETE', url: `${url}${path}` }, root.jar)
  t.equal((await end(`/${sid}`)).statusCode, 204)
  t.equal((await service.request({ url: '/me', headers: bearer(access_token) })).statusCode, 401)
  t.equal((await service.request({ url: '/me' }, phone)).statusCode, 200)
  isRefusal(t, await end(`/${sid}`), nothing)

  t.equal((await end()).statusCode, 204)
  for (const jar of [phone, ada.jar]) t.equal((await service.request({ url: '/me' }, jar)).statusCode, 401)
  t.equal((await end()).statusCode, 204, 'also when there is nothing to end')
  const theirs = claimsOf(root.jar.get('access') as string).sid
  isRefusal(t, await end(`/${theirs}`), nothing, "a session of another's is none of this account's")
  for (const method of ['GET', 'DELETE'] as const) {
    const response = await service.request({ method, url: `/admin/users/${NOBODY}/sessions` }, root.jar)
    isRefusal(t, response, nothing)
  }
})

t.test("ending one's own session clears the cookies", async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const other = await signIn(service, 'root@example.com')
  const url = `/admin/users/${root.id}/sessions`
  const { sid } = claimsOf(other.get('access') as string)
  t.equal((await service.request({ method: 'DELETE', url: `${url}/${sid}` }, other)).statusCode, 204)
  t.equal(other.get('refresh'), undefined)
  t.equal((await service.request({ method: 'DELETE', url }, root.jar)).statusCode, 204)
  t.equal(root.jar.get('refresh'), undefined)
})

const GRACE = 'grace@example.com'

const invite = ({ request }: TestApp, { jar }: Person, payload: object = { email: GRACE }) =>
  request({ method: 'POST', url: '/admin/users', payload, headers: { 'accept-language': 'de' } }, jar)

const accept = ({ request }: TestApp, token: string, newPassword = PASSWORD) =>
  request({ method: 'POST', url: '/auth/password/reset', payload: { token, newPassword } })

t.test('invites a person, whose link sets the first password and begins no session', async (t) => {
  const service = await buildApp(t, { environment: { ...MAIL_TO_LOG, REGISTRATION: 'closed' } })
  const { accounts, store, mail } = internalsOf(service.app)
  const { id } = await accounts.create({ email: 'root@example.com', password: PASSWORD, role: 'admin' })
  const root = { id, jar: await signIn(service, 'root@example.com') }
  const answer = await invite(service, root, { email: 'Grace@example.com', role: 'admin', name: 'Grace' })
  t.equal(answer.statusCode, 201)
  const { user } = answer.json()
  t.strictSame(user, {
    ...{ id: user.id, email: 'Grace@example.com', name: 'Grace', role: 'admin', disabled: false },
    ...{ createdAt: '2026-01-15T12:00:00.000Z', emailConfirmed: false },
    ...{ passwordChangeRequired: false, invited: true },
  })
  t.match(await store.listEvents(1, { type: 'invited' }), [
    { userId: user.id, actorId: root.id, ip: '127.0.0.1', reason: 'role admin' },
  ])
  for (const password of [PASSWORD, '$argon2id$none'])
    t.equal(await login(service, password, { email: GRACE }), 401, 'an account without a password')
  t.equal(await failuresOf(service, GRACE), 2, 'and a failure counts as any other')

  await sendDue(service)
  const letter = mail.mailbox?.list().find(({ to }) => to === 'Grace@example.com')
  t.match(letter, { subject: 'Einladung zu Tacit', text: /gilt einmal und 7 Tage lang/ })
  const token = tokenOf(letter)
  t.equal((await accept(service, token, 'short')).statusCode, 422, 'a bad password leaves the link valid')
  const accepted = await accept(service, token)
  t.equal(accepted.statusCode, 204)
  t.equal(accepted.headers['set-cookie'], undefined)
  t.equal(await failuresOf(service, GRACE), 0)
  const grace = await signIn(service, GRACE)
  t.match((await service.request({ url: '/me' }, grace)).json(), {
    user: { id: user.id, role: 'admin', emailConfirmed: true },
  })
  t.match((await service.request({ url: `/admin/users/${user.id}` }, root.jar)).json(), {
    user: { invited: false, emailConfirmed: true },
  })
  t.match(await store.listEvents(1, { type: 'invitation-accepted' }), [{ userId: user.id, ip: '127.0.0.1' }])
  t.equal((await accept(service, token, 'a violet horse in the battery')).statusCode, 400, 'once')
  const kinds = (await store.listMail(9)).map(({ kind }) => kind)
  t.notOk(kinds.includes('password-changed'), 'the first password replaces none')
})

t.test('invites again, which voids the link before, and not an account that has a password', async (t) => {
  const service = await buildApp(t, { environment: MAIL_TO_LOG })
  const root = await administrator(service)
  t.equal((await invite(service, root, { email: GRACE, role: 'admin' })).statusCode, 201)
  const first = await loggedToken(service, GRACE, 'invitation')
  t.match((await invite(service, root)).json(), { user: { role: 'admin', invited: true } })
  const second = await loggedToken(service, GRACE, 'invitation')
  t.not(first, second)
  t.equal((await accept(service, first)).statusCode, 400)
  service.clock.advance(7 * 24 * 3_600)
  const late = await signIn(service, 'root@example.com')
  t.equal((await accept(service, second)).statusCode, 400, 'expired')
  const { user } = (await invite(service, { ...root, jar: late }, { email: GRACE, role: 'user' })).json()
  t.match(user, { role: 'user' })
  const third = await loggedToken(service, GRACE, 'invitation')
  await change(service, { ...root, jar: late }, user, { disabled: true })
  t.equal((await accept(service, third)).statusCode, 400, 'disabled')
  t.equal((await invite(service, { ...root, jar: late })).statusCode, 409)
  await change(service, { ...root, jar: late }, user, { disabled: false })
  t.equal((await accept(service, third)).statusCode, 204)
  const taken = { status: 409, code: 'ACCOUNT_EXISTS', message: /already an account/ }
  for (const email of [GRACE, 'ROOT@example.com'])
    isRefusal(t, await invite(service, { ...root, jar: late }, { email, role: 'admin' }), taken)
  t.match((await list(service, { ...root, jar: late }, { q: 'grace' })).users, [{ role: 'user' }])
})

t.test('an invited person may use the link for a forgotten password instead', async (t) => {
  const service = await buildApp(t, { environment: MAIL_TO_LOG })
  const root = await administrator(service)
  await invite(service, root)
  const invitation = await loggedToken(service, GRACE, 'invitation')
  t.equal((await accept(service, await resetTokenFor(service, GRACE))).statusCode, 204)
  t.equal((await accept(service, invitation, 'a violet horse in the battery')).statusCode, 400)
  await signIn(service, GRACE)
})

t.test('invites with no role that permits more than that of the actor', async (t) => {
  const roles = { clerk: ['users:write'], editor: ['articles:write'] }
  const service = await buildApp(t, { environment: MAIL_TO_LOG, roles })
  const root = await administrator(service)
  const clerk = await person(service, 'clerk', 'clerk')
  const forbidden = { status: 403, code: 'ACCESS_FORBIDDEN', message: FORBIDDEN }
  for (const role of ['admin', 'editor'])
    isRefusal(t, await invite(service, clerk, { email: GRACE, role }), forbidden)
  const { accounts, store } = internalsOf(service.app)
  t.equal(await accounts.findByEmail(GRACE), undefined)
  t.strictSame(
    await store.listMail(9),
    (await store.listMail(9)).filter(({ kind }) => kind !== 'invitation'),
  )
  t.match(await store.listEvents(1, { type: 'access-refused' }), [{ userId: null, actorId: clerk.id }])
  t.equal((await invite(service, clerk, { email: GRACE, role: 'clerk' })).statusCode, 201)
  t.equal((await invite(service, root, { email: 'ed@example.com', role: 'editor' })).statusCode, 201)
  isRefusal(t, await invite(service, clerk, { email: 'ed@example.com', role: 'user' }), forbidden)
  t.match((await invite(service, root, { email: GRACE, role: 'boss' })).json(), { code: 'INVALID_REQUEST' })
  await t.rejects(internalsOf(service.app).invitations.invite({ email: GRACE, role: 'boss' }), {
    code: 'INVALID_REQUEST',
  })
})

t.test('an actor who is demoted while the invitation is under way does not invite', async (t) => {
  const service = await buildApp(t, { environment: MAIL_TO_LOG })
  const root = await administrator(service)
  const second = await administrator(service, 'second')
  const { store, accounts } = internalsOf(service.app)
  const held = store.invite
  Object.assign(store, {
    async invite(...args: Parameters<typeof held>) {
      await change(service, root, second, { role: 'user' })
      return held(...args)
    },
  })
  t.equal((await invite(service, second, { email: GRACE })).statusCode, 403)
  t.equal(await accounts.findByEmail(GRACE), undefined)
})

t.test('refuses to invite without mail', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  t.match((await invite(service, root)).json(), { statusCode: 403, code: 'MAIL_OFF' })
  t.equal(await internalsOf(service.app).accounts.findByEmail(GRACE), undefined)
})

t.test('writes no token of an invitation into a log line, an event or a header', async (t) => {
  const log: string[] = []
  const server = await startMailServer(t)
  const service = await buildApp(t, {
    environment: { ...server.settings, LOG_LEVEL: 'trace' },
    log: (line) => log.push(line),
  })
  const root = await administrator(service)
  const invited = await invite(service, root)
  await sendDue(service)
  const token = tokenOf(server.arrived[0])
  t.match(token, /^[\w-]{43}$/)
  const accepted = await accept(service, token)
  t.equal(accepted.statusCode, 204)
  const events = await internalsOf(service.app).store.listEvents(99)
  const seen = [...log, JSON.stringify([events, invited.headers, invited.body, accepted.headers])].join()
  for (const secret of [token, PASSWORD]) t.notOk(seen.includes(secret))
})
