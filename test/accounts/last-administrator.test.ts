import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../support/administration.ts'
import { buildApp, PASSWORD, type TestApp } from '../support/app.ts'
import { commandLine } from '../support/command-line.ts'
import { temporaryDatabase } from '../support/database.ts'
import { matchesWhole } from '../support/lists.ts'
import { isRefusal } from '../support/refusals.ts'
import { someUser } from '../support/rows-by-hand.ts'

const LAST = {
  status: 409,
  code: 'LAST_ADMINISTRATOR',
  message: 'This is the last administrator: give another account the role first',
}

const leave = ({ request }: TestApp, { jar }: Person) =>
  request({ method: 'DELETE', url: '/me', payload: { currentPassword: PASSWORD } }, jar)

const administratorsOf = async ({ app }: TestApp) =>
  (await internalsOf(app).accounts.list()).filter(
    ({ role, disabledAt }) => role === 'admin' && disabledAt === null,
  )

t.test('refuses to demote, disable or delete the last administrator, and changes nothing', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  await person(service, 'ada')
  // A disabled administrator cannot help, and neither can an account of another role.
  await internalsOf(service.app).store.createUser(someUser({ role: 'admin', disabledAt: 1 }))
  isRefusal(t, await change(service, root, root, { role: 'user' }), LAST)
  isRefusal(t, await change(service, root, root, { disabled: true }), LAST)
  isRefusal(t, await change(service, root, root, { role: 'user', disabled: true }), LAST)
  isRefusal(t, await leave(service, root), LAST)
  t.same(
    (await administratorsOf(service)).map(({ id }) => id),
    [root.id],
  )
  t.equal((await service.request({ url: '/admin/users' }, root.jar)).statusCode, 200)
  const changes = await internalsOf(service.app).store.listEvents(9, {
    userId: root.id,
    type: 'role-changed',
  })
  matchesWhole(t, changes, [{ reason: 'user to admin' }], 'what was refused is no change')
  t.equal((await change(service, root, root, { passwordChangeRequired: true })).statusCode, 200)
})

t.test('lets one of two administrators go, and then refuses the other', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await administrator(service, 'ada')]
  t.match((await change(service, root, root, { role: 'user' })).json(), { user: { role: 'user' } })
  isRefusal(t, await leave(service, ada), LAST)
  t.equal((await change(service, ada, root, { role: 'admin' })).statusCode, 200)
  t.equal((await leave(service, ada)).statusCode, 204)
  isRefusal(t, await change(service, root, root, { disabled: true }), LAST)
})

/** @returns the code of the refusal */
type End = (service: TestApp, by: Person, other: Person) => Promise<string>

const codeOf = ({ statusCode, json }: LightMyRequestResponse): string =>
  statusCode < 300 ? 'done' : json().code

/** Each with the code for the second administrator. */
const endings: Readonly<Record<string, readonly [End, string]>> = {
  'demote each other': [
    async (service, by, other) => codeOf(await change(service, by, other, { role: 'user' })),
    'ACCESS_FORBIDDEN',
  ],
  'disable each other': [
    async (service, by, other) => codeOf(await change(service, by, other, { disabled: true })),
    'SESSION_ENDED',
  ],
  'delete each other': [
    async ({ request }, by, other) =>
      codeOf(await request({ method: 'DELETE', url: `/admin/users/${other.id}` }, by.jar)),
    'SESSION_ENDED',
  ],
  'delete themselves': [async (service, by) => codeOf(await leave(service, by)), 'LAST_ADMINISTRATOR'],
  'are demoted by operators': [
    ({ app }, by) =>
      internalsOf(app)
        .accounts.changeAccess(by.id, { role: 'user' })
        .then(
          () => 'done',
          ({ code }) => code,
        ),
    'LAST_ADMINISTRATOR',
  ],
}

for (const [what, [end, refusal]] of Object.entries(endings)) {
  t.test(`keeps one of two administrators who ${what} at once in two processes`, async (t) => {
    const path = temporaryDatabase(t)
    const environment = { DATABASE_URL: `file:${path}` }
    const one = await buildApp(t, { environment })
    const other = await buildApp(t, { environment, clock: one.clock })
    const [root, ada] = [await administrator(one), await administrator(one, 'ada')]
    await one.request({ url: '/me' }, root.jar)
    await other.request({ url: '/me' }, ada.jar)

    // Both requests wait for the database before either has changed anything.
    const lock = new BetterSqlite(path)
    t.teardown(() => lock.close())
    lock.exec('BEGIN IMMEDIATE')
    const answers = Promise.all([end(one, root, ada), end(other, ada, root)])
    await sleep(100)
    lock.exec('COMMIT')

    t.same((await answers).sort(), [refusal, 'done'])
    t.equal((await administratorsOf(one)).length, 1)
  })
}

t.test('refuses on the command line to remove the last administrator, and says why', async (t) => {
  const line = commandLine(t)
  const store = createSqliteStore({ url: `${line.environment.DATABASE_URL}` })
  const email = 'root@example.com'
  await store.createUser(someUser({ email, emailKey: email, role: 'admin' }))
  await store.close()
  const refused = { status: 1, stdout: '', stderr: `tacit: ${LAST.message}\n` }
  t.same(await line.tacit(['user', 'role', email, 'user']), refused)
})
