import { renameSync, rmSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD } from '../../support/app.ts'
import { registerClient } from '../../support/clients.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { Jar } from '../../support/jar.ts'
import { startServer } from '../../support/processes.ts'
import { send } from '../../support/socket.ts'
import { streamAt, subscribe } from '../../support/subscriber.ts'

/** A refresh token that is two generations old is a reuse, however short ago it was current. */
const QUICK = { ROTATION_SETTLE: '1ms', ROTATION_GRACE: '1ms' } as const

interface Person {
  readonly email: string
  readonly jar: Jar
  readonly userId: string
  readonly sid: string
}

async function call(port: number, jar: Jar, method: string, url: string, body = {}) {
  const answer = await send(port, { method, url }, jar, method === 'GET' ? undefined : JSON.stringify(body))
  jar.take(answer.headers['set-cookie'])
  return answer
}

async function signUpAt(port: number, name: string): Promise<Person> {
  const jar = new Jar()
  const email = `${name}@example.com`
  await call(port, jar, 'POST', '/auth/register', { email, password: PASSWORD })
  const { user, session } = JSON.parse((await call(port, jar, 'GET', '/me')).body)
  return { email, jar, userId: user.id, sid: session.id }
}

async function signOut(port: number, { jar }: Person): Promise<void> {
  const { statusCode } = await call(port, jar, 'POST', '/auth/logout')
  if (statusCode !== 204) throw new Error(`could not sign out: ${statusCode}`)
}

/** Two processes on one database, a client, and a subscriber at the second process. */
async function twoProcesses(t: Test) {
  const path = temporaryDatabase(t)
  const third = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
  const client = await registerClient(third)
  const [one, two] = [await startServer(t, path, QUICK), await startServer(t, path, QUICK)]
  const subscriber = subscribe(t, streamAt(two.port, client))
  await subscriber.up()
  return { path, third, one, two, subscriber }
}

const everythings = (told: readonly string[]) => told.filter((change) => change === 'everything').length

t.test('a change in one process is told by the stream of another one', async (t) => {
  const { third, one, subscriber } = await twoProcesses(t)
  const { port } = one
  const [admin, ada, bob, eve, mallory] = [
    await signUpAt(port, 'admin'),
    await signUpAt(port, 'ada'),
    await signUpAt(port, 'bob'),
    await signUpAt(port, 'eve'),
    await signUpAt(port, 'mallory'),
  ]
  const { accounts } = internalsOf(third.app)
  const account = await accounts.findByEmail(admin.email)
  await accounts.setRole(account as NonNullable<typeof account>, 'admin')
  await subscriber.heard(`user ${admin.userId}`)

  await signOut(port, ada)
  await subscriber.heard(`session ${ada.sid}`)

  t.equal(
    (await call(port, admin.jar, 'PATCH', `/admin/users/${bob.userId}`, { role: 'admin' })).statusCode,
    200,
  )
  await subscriber.heard(`user ${bob.userId}`)
  await call(port, admin.jar, 'PATCH', `/admin/users/${bob.userId}`, { disabled: true })
  await subscriber.heard(`session ${bob.sid}`)

  const change = { newPassword: `${PASSWORD}, and another`, currentPassword: PASSWORD }
  t.equal((await call(port, eve.jar, 'POST', '/me/password', change)).statusCode, 204)
  await subscriber.heard(`session ${eve.sid}`)

  const stolen = mallory.jar.copy()
  for (const _time of [1, 2]) {
    t.equal((await call(port, mallory.jar, 'POST', '/auth/refresh')).statusCode, 204)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.match((await call(port, stolen, 'POST', '/auth/refresh')).body, 'REFRESH_REUSED')
  await subscriber.heard(`session ${mallory.sid}`)
  t.equal(everythings(subscriber.told), 1)
})

t.test('a killed process that starts again loses no change', async (t) => {
  const { path, one, two, subscriber } = await twoProcesses(t)
  const people = [
    await signUpAt(one.port, 'ada'),
    await signUpAt(one.port, 'bob'),
    await signUpAt(one.port, 'eve'),
  ]
  const [ada, bob, eve] = people as [Person, Person, Person]
  await signOut(one.port, ada)
  await subscriber.heard(`session ${ada.sid}`)
  await two.kill()
  await subscriber.until(() => subscriber.state === 'down')
  await signOut(one.port, bob)
  await startServer(t, path, { ...QUICK, PORT: two.port })
  await signOut(one.port, eve)
  await subscriber.up()
  await subscriber.heard(`session ${eve.sid}`)
  const expected = ['everything', ...people.map(({ sid }) => `session ${sid}`)]
  t.strictSame([...new Set(subscriber.told)], expected, 'in their order')
  t.equal(everythings(subscriber.told), 1, 'and it was resumed')
})

t.test('a replaced database is told as everything', async (t) => {
  const { path, third, one, two, subscriber } = await twoProcesses(t)
  const ada = await signUpAt(one.port, 'ada')
  await signOut(one.port, ada)
  await subscriber.heard(`session ${ada.sid}`)
  for (const each of [one, two]) await each.kill()
  await third.app.close()
  await subscriber.until(() => subscriber.state === 'down')

  const database = new BetterSqlite(path)
  await database.backup(`${path}.backup`)
  database.close()
  for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
  renameSync(`${path}.backup`, path)
  await startServer(t, path, { ...QUICK, PORT: two.port })
  await subscriber.up()
  t.strictSame(subscriber.told, ['everything', `session ${ada.sid}`, 'everything'])
})
