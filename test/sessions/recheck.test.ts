import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import type { Account } from '../../src/store/account.ts'
import type { AccessChange } from '../../src/store/users.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../support/administration.ts'
import { buildApp, PASSWORD, signIn, type TestApp } from '../support/app.ts'
import { snapshot, temporaryDatabase } from '../support/database.ts'
import { login } from '../support/failures.ts'
import { holdNext } from '../support/gates.ts'
import { Jar } from '../support/jar.ts'
import { FORBIDDEN, isRefusal, type Refusal, unproved } from '../support/refusals.ts'
import { ACCESS_TTL, ME, refreshAndLose } from '../support/rotation.ts'
import { forget } from '../support/rows.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

const NEXT = 'a quite different set of words'
const ANOTHER = 'and yet another set of words'

const forbidden: Refusal = { status: 403, code: 'ACCESS_FORBIDDEN', message: FORBIDDEN }
const choose: Refusal = {
  status: 403,
  code: 'PASSWORD_CHANGE_REQUIRED',
  message: 'Choose a new password first',
}
const ended = unproved('SESSION_ENDED')

interface Two {
  readonly path: string
  readonly here: TestApp
  readonly there: TestApp
  readonly root: Person
}

/** Two processes of the service on one database. */
async function two(t: Test): Promise<Two> {
  const path = temporaryDatabase(t)
  const environment = { DATABASE_URL: `file:${path}` }
  const here = await buildApp(t, { environment })
  const there = await buildApp(t, { environment, clock: here.clock })
  return { path, here, there, root: await administrator(here) }
}

/**
 * Sends a request that waits just before the store makes its change, changes the state, and lets
 * the request go on.
 */
async function duringChange(
  { app, request }: TestApp,
  method: Parameters<typeof holdNext>[1],
  [options, jar]: [InjectOptions, Jar],
  meanwhile: () => Promise<unknown>,
): Promise<LightMyRequestResponse> {
  const held = holdNext(internalsOf(app).store, method, 'before')
  const answer = request(options, jar)
  await held.reached
  await meanwhile()
  held.open()
  return answer
}

const changeAccess = ({ app }: TestApp, { id }: Pick<Person, 'id'>, change: AccessChange) =>
  internalsOf(app).accounts.changeAccess(id, change)

const signInAs = (email: string): InjectOptions => ({
  method: 'POST',
  url: '/auth/login',
  payload: { email, password: PASSWORD },
})

t.test('a sign-in under way gets no role that is removed before its session begins', async (t) => {
  const { here, there } = await two(t)
  for (const [name, elsewhere] of Object.entries({ here, there })) {
    const ada = await person(here, `ada-${name}`, 'admin')
    const jar = new Jar()
    const meanwhile = () => changeAccess(elsewhere, ada, { role: 'user' })
    const options = signInAs(`ada-${name}@example.com`)
    const answer = await duringChange(here, 'createSession', [options, jar], meanwhile)
    t.match(answer.json(), { user: { role: 'user' } }, `demoted ${name}`)
    const restore = { method: 'PATCH', url: `/admin/users/${ada.id}`, payload: { role: 'admin' } } as const
    for (const service of [here, there]) {
      isRefusal(t, await service.request({ url: '/admin/users' }, jar), forbidden)
      isRefusal(t, await service.request(restore, jar), forbidden)
    }
  }
})

t.test(
  'a sign-in under way meets a new requirement to change the password, and the end of its account',
  async (t) => {
    const { here, there } = await two(t)
    const ada = await person(here, 'ada')
    const jar = new Jar()
    const demand = () => changeAccess(there, ada, { passwordChangeRequired: true })
    await duringChange(here, 'createSession', [signInAs('ada@example.com'), jar], demand)
    isRefusal(t, await here.request({ method: 'PATCH', url: '/me', payload: { name: 'Ada' } }, jar), choose)

    const disable = () => changeAccess(there, ada, { disabled: true })
    const answer = await duringChange(
      here,
      'createSession',
      [signInAs('ada@example.com'), new Jar()],
      disable,
    )
    t.match(answer.json(), { statusCode: 401, code: 'LOGIN_FAILED' })
  },
)

/**
 * A change that removes the rights of an administrator, and the later answer to a request under
 * way.
 */
const losses: Readonly<
  Record<string, readonly [(there: TestApp, actor: Person) => Promise<unknown>, Refusal]>
> = {
  'is demoted': [(there, actor) => changeAccess(there, actor, { role: 'user' }), forbidden],
  'has to choose a new password': [
    (there, actor) => changeAccess(there, actor, { passwordChangeRequired: true }),
    choose,
  ],
  'is disabled': [(there, actor) => changeAccess(there, actor, { disabled: true }), ended],
  'is disabled and enabled': [
    async (there, actor) => {
      await changeAccess(there, actor, { disabled: true })
      await changeAccess(there, actor, { disabled: false })
    },
    ended,
  ],
  'is deleted': [({ app, clock }, { id }) => internalsOf(app).store.deleteUser(id, clock.now()), ended],
  'signs out': [
    (there, { jar }) => there.request({ method: 'POST', url: '/auth/logout' }, jar.copy()),
    ended,
  ],
}

for (const [loss, [lose, refusal]] of Object.entries(losses)) {
  t.test(`refuses a change under way by an administrator who ${loss}`, async (t) => {
    const { path, here, there } = await two(t)
    const ada = await person(here, 'ada')
    const url = `/admin/users/${ada.id}`
    const changes = [
      ['changeAccess', { method: 'PATCH', url, payload: { disabled: true } }],
      ['unlockUser', { method: 'POST', url: `${url}/unlock` }],
      ['endSessionsFor', { method: 'DELETE', url: `${url}/sessions` }],
      ['deleteUserFor', { method: 'DELETE', url }],
    ] as const
    for (const [method, options] of changes) {
      const actor = await person(here, `boss-${method.toLowerCase()}`, 'admin')
      let before: object = {}
      const answer = await duringChange(here, method, [options, actor.jar], async () => {
        await lose(there, actor)
        before = snapshot(path, new Set(['auth_events']))
      })
      isRefusal(t, answer, refusal, method)
      t.strictSame(snapshot(path, new Set(['auth_events'])), before, 'nothing was written')
    }
  })
}

t.test('a demoted administrator does not regain the role by a change under way', async (t) => {
  const { here, there } = await two(t)
  const boss = await person(here, 'boss', 'admin')
  const options = { method: 'PATCH', url: `/admin/users/${boss.id}`, payload: { role: 'admin' } } as const
  const demote = () => changeAccess(there, boss, { role: 'user' })
  isRefusal(t, await duringChange(here, 'changeAccess', [options, boss.jar], demote), forbidden)
  t.match(await internalsOf(here.app).accounts.get(boss.id), { role: 'user' })
})

const deletion = ({ id }: Pick<Person, 'id'>): InjectOptions => ({
  method: 'DELETE',
  url: `/admin/users/${id}`,
})

t.test('a deletion under way spares an account that gets a higher role meanwhile', async (t) => {
  const roles = { clerk: ['users:write'] }
  const here = await buildApp(t, { roles })
  const [clerk, ada] = [await person(here, 'clerk', 'clerk'), await person(here, 'ada')]
  const promote = () => changeAccess(here, ada, { role: 'admin' })
  const answer = await duringChange(here, 'deleteUserFor', [deletion(ada), clerk.jar], promote)
  isRefusal(t, answer, forbidden)
  t.match(await internalsOf(here.app).accounts.get(ada.id), { role: 'admin' })
})

t.test('a sign-in and a change of role under way meet the deletion of their account', async (t) => {
  const { path, here, there, root } = await two(t)
  const remove = async (of: Person) => {
    t.equal((await there.request(deletion(of), root.jar)).statusCode, 204)
  }
  const ada = await person(here, 'ada')
  const signingIn = [signInAs('ada@example.com'), new Jar()] as [InjectOptions, Jar]
  const refused = await duringChange(here, 'createSession', signingIn, () => remove(ada))
  t.match(refused.json(), { statusCode: 401, code: 'LOGIN_FAILED' })

  const bo = await person(here, 'bo')
  const promotion = { method: 'PATCH', url: `/admin/users/${bo.id}`, payload: { role: 'admin' } } as const
  let before = {}
  const missed = await duringChange(here, 'changeAccess', [promotion, root.jar], async () => {
    await remove(bo)
    before = snapshot(path)
  })
  t.match(missed.json(), { statusCode: 404, code: 'NOT_FOUND' })
  t.strictSame(snapshot(path), before, 'nothing is written')
})

const setPassword = (newPassword = NEXT): InjectOptions => ({
  method: 'POST',
  url: '/me/password',
  payload: { currentPassword: PASSWORD, newPassword },
})

const dangers = [
  ['changePassword', setPassword()],
  ['deleteUser', { method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD } }],
] as const

/** A change that ends the right of a session to its account. */
const ends: Readonly<Record<string, (there: TestApp, thief: Person, root: Person) => Promise<unknown>>> = {
  'the owner ends the session': async (there) => {
    const owner = await signIn(there)
    t.equal((await there.request({ method: 'DELETE', url: '/me/sessions' }, owner)).statusCode, 204)
  },
  'the account is disabled': (there, thief) => changeAccess(there, thief, { disabled: true }),
  'the account is disabled and enabled': async (there, thief) => {
    await changeAccess(there, thief, { disabled: true })
    await changeAccess(there, thief, { disabled: false })
  },
  'the account is deleted': ({ app, clock }, { id }) => internalsOf(app).store.deleteUser(id, clock.now()),
  'an administrator deletes the account': async (there, thief, root) => {
    t.equal((await there.request(deletion(thief), root.jar)).statusCode, 204)
  },
  'an operator gives another password': async (there, { id }) =>
    internalsOf(there.app).accounts.resetPassword(await internalsOf(there.app).accounts.get(id), ANOTHER),
}

for (const [title, end] of Object.entries(ends)) {
  for (const [method, options] of dangers) {
    t.test(`${method} under way writes nothing when ${title}`, async (t) => {
      const { path, here, there, root } = await two(t)
      const thief = await person(here, 'ada')
      let before: object = {}
      const answer = await duringChange(here, method, [options, thief.jar], async () => {
        await end(there, thief, root)
        before = snapshot(path)
      })
      isRefusal(t, answer, ended)
      t.strictSame(snapshot(path), before)
      t.equal(await login(here, NEXT), 401)
    })
  }
}

for (const [method, url, payload] of [
  ['POST', '/me/password', { currentPassword: NEXT, newPassword: ANOTHER }],
  ['DELETE', '/me', { currentPassword: NEXT }],
] as const) {
  t.test(`refuses ${method} ${url} when the password changes before the account is read`, async (t) => {
    const { path, here, there } = await two(t)
    const { id, jar } = await person(here, 'ada')
    const { accounts } = internalsOf(there.app)
    let before = {}
    const answer = await duringChange(here, 'findUser', [{ method, url, payload }, jar], async () => {
      await accounts.resetPassword(await accounts.get(id), NEXT)
      before = snapshot(path)
    })
    isRefusal(t, answer, ended)
    t.strictSame(snapshot(path), before, 'nothing is written')
  })
}

t.test('keeps the first of two new passwords that one session asks for at once', async (t) => {
  const { here } = await two(t)
  const { jar } = await person(here, 'ada')
  // In the same millisecond: the clock stands still.
  const answer = await duringChange(here, 'changePassword', [setPassword(), jar.copy()], async () => {
    t.equal((await here.request(setPassword(ANOTHER), jar)).statusCode, 204)
  })
  isRefusal(t, answer, ended)
  t.same([await login(here, NEXT), await login(here, ANOTHER)], [401, 200])
  t.equal((await here.request({ url: '/me' }, jar)).statusCode, 200, 'and its session goes on')
})

t.test('keeps the first of two new passwords also for a session by bearer token', async (t) => {
  const { here } = await two(t)
  await person(here, 'ada')
  const headers = bearer((await fetchTokens(here)).access_token)
  const late = { ...setPassword(), headers }
  const answer = await duringChange(here, 'changePassword', [late, new Jar()], async () => {
    t.equal((await here.request({ ...setPassword(ANOTHER), headers })).statusCode, 204)
  })
  isRefusal(t, answer, ended)
  t.same([await login(here, NEXT), await login(here, ANOTHER)], [401, 200])
})

t.test('a new password ends a sign-in under way also when the clock is set back meanwhile', async (t) => {
  const { here, there } = await two(t)
  const { id } = await person(here, 'ada')
  const changed = await duringChange(
    here,
    'createSession',
    [signInAs('ada@example.com'), new Jar()],
    async () => {
      here.clock.step(-60)
      const user = await internalsOf(there.app).accounts.get(id)
      await internalsOf(there.app).accounts.resetPassword(user, ANOTHER)
      t.ok((await internalsOf(there.app).accounts.get(id)).passwordChangedAt > user.passwordChangedAt)
    },
  )
  t.match(changed.json(), { code: 'LOGIN_FAILED' })
})

t.test('writes no renewed hash when the account is disabled or changes meanwhile', async (t) => {
  const path = temporaryDatabase(t)
  const DATABASE_URL = `file:${path}`
  const there = await buildApp(t, { environment: { DATABASE_URL } })
  const { id } = await person(there, 'ada')
  const environment = { DATABASE_URL, ARGON2_MEMORY_KIB: 2_048 }
  const here = await buildApp(t, { environment, clock: there.clock })
  const now = (): Promise<Account> => internalsOf(there.app).accounts.get(id)
  const hashNow = async () => (await internalsOf(there.app).store.findUser(id))?.passwordHash
  for (const meanwhile of [
    () => changeAccess(there, { id }, { disabled: true }),
    async () => {
      await changeAccess(there, { id }, { disabled: false })
      await internalsOf(there.app).accounts.resetPassword(await now(), PASSWORD)
    },
  ]) {
    await changeAccess(there, { id }, { disabled: false })
    let before: string | undefined
    const answer = await duringChange(
      here,
      'replacePasswordHash',
      [signInAs('ada@example.com'), new Jar()],
      async () => {
        await meanwhile()
        before = await hashNow()
      },
    )
    t.match(answer.json(), { code: 'LOGIN_FAILED' })
    t.ok(before)
    t.equal(await hashNow(), before)
  }
})

t.test('tells an operator that the account was deleted meanwhile', async (t) => {
  const { here, there } = await two(t)
  const { id } = await person(here, 'ada')
  const held = holdNext(internalsOf(here.app).store, 'changePassword', 'before')
  const reset = internalsOf(here.app).accounts.resetPassword(
    await internalsOf(here.app).accounts.get(id),
    ANOTHER,
  )
  await held.reached
  await internalsOf(there.app).store.deleteUser(id, here.clock.now())
  held.open()
  await t.rejects(reset, { code: 'NOT_FOUND' })
})

const USERS = { method: 'GET', url: '/admin/users' } as const

interface Reading {
  /** The call of the store that reads the account as it still was. */
  readonly held: Parameters<typeof holdNext>[1]
  /** The change that happens first. */
  prepare?(service: TestApp, jar: Jar): Promise<void>
  /** Reads the account. @returns the cookies that the client has then */
  read(service: TestApp, jar: Jar): Promise<Jar>
}

const ask: Reading['read'] = async (service, jar) => {
  await service.request(USERS, jar)
  return jar
}

const changePassword: Reading['read'] = async (service, jar) => {
  const payload = { currentPassword: PASSWORD, newPassword: 'a quite different set of words' }
  await service.request({ method: 'POST', url: '/me/password', payload }, jar)
  return jar
}

const READINGS: Record<string, Reading> = {
  'the verification of an access token': { held: 'findSession', prepare: forget, read: ask },
  'a sign-in': {
    held: 'createSession',
    read: (service) => signIn(service, 'ada@example.com', { jar: new Jar() }),
  },
  'a reissue': {
    held: 'reissueSession',
    async prepare(service, jar) {
      service.clock.advance(ACCESS_TTL)
      await refreshAndLose(service, jar)
    },
    read: ask,
  },
  'a token that is handed out again before it has settled': {
    held: 'findSession',
    read: (service, jar) => ask(service, jar.delete('access')),
  },
  'a refresh by the row': {
    held: 'rotateSession',
    async prepare(service, jar) {
      service.clock.advance(ACCESS_TTL)
      await forget(service, jar)
    },
    read: ask,
  },
  'a refresh by the remembered row': {
    held: 'rotateSession',
    prepare: async ({ clock }) => clock.advance(ACCESS_TTL),
    read: ask,
  },
  'a new password': { held: 'changePassword', read: changePassword },
}

for (const [name, { held, prepare, read }] of Object.entries(READINGS)) {
  t.test(`${name} caches no role that is removed while the request is under way`, async (t) => {
    const service = await buildApp(t)
    const root: Person = await administrator(service)
    const ada: Person = await person(service, 'ada', 'admin')
    t.equal((await service.request(USERS, ada.jar)).statusCode, 200)
    await prepare?.(service, ada.jar)

    const gate = holdNext(internalsOf(service.app).store, held, 'after')
    const reading = read(service, ada.jar)
    await gate.reached
    t.equal((await change(service, root, ada, { role: 'user' })).statusCode, 200)
    t.equal((await service.request(ME, root.jar)).statusCode, 200, 'another request hears of the change')
    gate.open()

    const access = (await reading).get('access') as string
    const answer = await service.request(USERS, new Jar().set('access', access))
    t.strictSame([answer.statusCode, answer.json().reason], [401, 'stale'])
  })
}
