import { copyFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import { createUpkeep } from '../../../src/db/sqlite/upkeep.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import type { Jar } from '../../support/jar.ts'
import { keepsCookies, LOGOUT, ME } from '../../support/rotation.ts'

/** Two services on one database, and a signed-in user whom both have cached. */
async function twoServices(t: Test) {
  const path = temporaryDatabase(t)
  const environment = { DATABASE_URL: `file:${path}` }
  const one = await buildApp(t, { environment })
  const two = await buildApp(t, { environment, clock: one.clock })
  const jar = await signUp(one)
  await isServed(t, one, jar)
  await isServed(t, two, jar)
  return { path, one, two, jar }
}

async function isServed(t: Test, service: TestApp, jar: Jar, title = 'it is served'): Promise<void> {
  t.equal((await service.request(ME, jar)).statusCode, 200, title)
}

async function isSignedOut(t: Test, service: TestApp, jar: Jar): Promise<void> {
  t.match((await service.request(ME, jar.copy())).json(), { statusCode: 401, code: 'SESSION_ENDED' })
}

/** A backup, and the function that restores it into the open database. */
async function backUp(path: string): Promise<() => Promise<unknown>> {
  const backup = `${path}.backup`
  const database = new BetterSqlite(path)
  await database.backup(backup)
  database.close()
  return async () => {
    const source = new BetterSqlite(backup)
    await source.backup(path)
    source.close()
  }
}

t.test('every service refuses a session that is signed out after a restore in place', async (t) => {
  const { path, one, two, jar } = await twoServices(t)
  const restore = await backUp(path)
  // Numbers of the feed that the restored database gives out again.
  for (const person of ['bob', 'eve']) await one.request(LOGOUT, await signUp(one, `${person}@example.com`))
  await isServed(t, one, jar)
  await isServed(t, two, jar)

  await restore()
  for (const person of ['bob', 'eve']) await signUp(two, `${person}@example.com`)
  await two.request(LOGOUT, jar.copy())
  await two.request(LOGOUT, await signIn(two, 'bob@example.com'))

  await isSignedOut(t, one, jar)
  await isSignedOut(t, two, jar)
})

t.test('a restore in place removes a session that began after the backup', async (t) => {
  const { path, one, two, jar } = await twoServices(t)
  const restore = await backUp(path)
  const later = await signIn(one)
  await isServed(t, one, later)
  await isServed(t, two, later)

  await restore()

  await isSignedOut(t, one, later)
  await isSignedOut(t, two, later)
  await isServed(t, one, jar, 'and the one before goes on')
})

/** Asks until the service has noticed, and returns its answer. */
async function untilRefused(service: TestApp, jar: Jar) {
  let response = await service.request(ME, jar)
  for (let time = 0; response.statusCode === 200 && time < 200; time += 1) {
    await sleep(20)
    response = await service.request(ME, jar)
  }
  return response
}

const moved = {
  'replaced by another file': [
    (path: string) => copyFileSync(`${path}.away`, path),
    /was replaced by another file/,
  ],
  removed: [() => {}, /was removed/],
  'replaced by a link to itself': [(path: string) => symlinkSync(path, path), /ELOOP/],
} as const
for (const [title, [put, reason]] of Object.entries(moved)) {
  t.test(`reports an outage while the database file is ${title}, until the first file is back`, async (t) => {
    const path = temporaryDatabase(t)
    const lines: string[] = []
    const environment = { DATABASE_URL: `file:${path}` }
    const service = await buildApp(t, { environment, log: (line) => lines.push(line) })
    const jar = await signUp(service)
    renameSync(path, `${path}.away`)
    put(path)

    const refused = await untilRefused(service, jar)
    t.match(refused.json(), { statusCode: 503, code: 'STORE_UNAVAILABLE' })
    keepsCookies(t, refused)
    t.match(lines.join(''), reason)
    t.equal((await service.request({ url: '/health/ready' })).statusCode, 503)
    const login = { email: 'ada@example.com', password: 'x' }
    t.equal((await service.request({ method: 'POST', url: '/auth/login', payload: login })).statusCode, 503)

    rmSync(path, { force: true })
    renameSync(`${path}.away`, path)
    await isServed(t, service, jar)
  })
}

t.test('registers no account after the folder of the database was deleted', async (t) => {
  const folder = t.testdir({ data: {} })
  const lines: string[] = []
  const environment = { DATABASE_URL: `file:${folder}/data/tacit.db` }
  const service = await buildApp(t, { environment, log: (line) => lines.push(line) })
  const jar = await signUp(service)
  rmSync(`${folder}/data`, { recursive: true })
  await untilRefused(service, jar)

  const payload = { email: 'bob@example.com', password: PASSWORD }
  const registered = await service.request({ method: 'POST', url: '/auth/register', payload })
  t.match([registered.statusCode, registered.json()], [503, { code: 'STORE_UNAVAILABLE' }])
  t.equal(registered.headers['set-cookie'], undefined)
  t.match(lines.join(''), /was removed while the service was running: stop every process/)
})

t.test('upkeep opens no other file than the service', async (t) => {
  const path = temporaryDatabase(t)
  await createSqliteStore({ url: `file:${path}` }).close()
  const upkeep = createUpkeep(path)
  t.teardown(() => upkeep.close())
  renameSync(path, `${path}.away`)
  copyFileSync(`${path}.away`, path)
  const limits = {
    sessionsBefore: 0,
    throttlesBefore: 0,
    eventsBefore: 0,
    mailBefore: 0,
    oneTimeTokensBefore: 0,
    changesBefore: 0,
    rows: 1,
  }
  await t.rejects(upkeep.prune(limits), /was replaced by another file/)
})
