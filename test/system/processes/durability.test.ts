import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import { buildApp, PASSWORD, signUp } from '../../support/app.ts'
import { browse, expire, openBeside } from '../../support/browser.ts'
import { movableClock } from '../../support/clock.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { findStrace, straced, WITHOUT_STRACE } from '../../support/find-strace.ts'
import { Jar } from '../../support/jar.ts'
import { type PowerCut, powerCuts } from '../../support/power-cuts.ts'
import { environment, startServer } from '../../support/processes.ts'
import { HOUR, LOGOUT, ME } from '../../support/rotation.ts'

t.test('finds strace at its usual places, and TACIT_REQUIRE_STRACE requires it', async (t) => {
  const nowhere = () => false
  t.equal(
    findStrace({}, (path) => path === '/usr/bin/strace'),
    '/usr/bin/strace',
  )
  t.equal(findStrace({}, nowhere), undefined)
  t.throws(() => findStrace({ TACIT_REQUIRE_STRACE: '1' }, nowhere), { message: WITHOUT_STRACE })
})

const CHECKPOINT = fileURLToPath(new URL('../../support/change-and-checkpoint.ts', import.meta.url))
const EMAIL = 'ada@example.com'
const NEXT = 'a quite different set of words'
const LOGIN = { method: 'POST', url: '/auth/login' }
const RENAME = { method: 'PATCH', url: '/me' }
const PASSWORD_CHANGE = { method: 'POST', url: '/me/password' }

/** The changes of a request at the time of its answer. */
const look = (database: BetterSqlite.Database): unknown[] =>
  [
    'SELECT hex(id), name, password_hash FROM users ORDER BY id',
    'SELECT hex(id), generation, revoked_reason FROM sessions ORDER BY id',
    'SELECT hex(key), failures FROM login_throttles ORDER BY key',
  ].map((select) => database.prepare(select).raw().all())

/** The database as a machine finds it that starts again after a power cut. */
function openAfter(t: Test, cut: PowerCut, path: string): BetterSqlite.Database {
  const copy = temporaryDatabase(t)
  for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, cut.after(path + suffix))
  return openBeside(t, copy)
}

/** A database that has an account, whose access token has expired. */
async function older(t: Test, path: string): Promise<Jar> {
  const clock = movableClock(Date.now() - HOUR * 1_000)
  const service = await buildApp(t, { clock, environment: { DATABASE_URL: `file:${path}` } })
  const jar = await signUp(service, EMAIL)
  await service.app.close()
  return expire(jar)
}

const strace = findStrace()
const options = { skip: !strace && WITHOUT_STRACE }

t.test('a power cut loses no change that was answered before', options, async (t) => {
  const path = temporaryDatabase(t)
  const trace = `${path}-trace`
  const jar = await older(t, path)
  const before = { [path]: readFileSync(path), [`${path}-wal`]: Buffer.alloc(0) }
  const server = await startServer(t, path, {}, straced(strace as string, trace))
  const database = openBeside(t, path)
  const answers: { what: string; status: number; rows: unknown[] }[] = []

  async function ask(what: string, status: number, ...[request, jar, body]: [typeof LOGIN, Jar, object?]) {
    t.equal((await browse(server.port, request, jar, body)).statusCode, status, what)
    answers.push({ what, status, rows: look(database) })
  }

  const phone = new Jar()
  await ask('a rotation', 200, ME, jar)
  await ask('a sign-in', 200, LOGIN, phone, { email: EMAIL, password: PASSWORD })
  await ask('a failed sign-in', 401, LOGIN, new Jar(), { email: EMAIL, password: NEXT })
  await ask('a sign-out', 204, LOGOUT, phone)
  await ask('a new name', 200, RENAME, jar, { name: 'Ada' })
  await ask('a new password', 204, PASSWORD_CHANGE, jar, { currentPassword: PASSWORD, newPassword: NEXT })
  await server.leave()

  const cuts = powerCuts(readFileSync(trace, 'latin1'), before, /"HTTP\/1\.1 (\d{3}) /)
  for (const { what, status, rows } of answers) {
    const { value: cut } = cuts.next() as { value: PowerCut }
    t.equal(cut.answer, String(status))
    t.strictSame(look(openAfter(t, cut, path)), rows, what)
  }
  const { done, value: files } = cuts.next() as { done: boolean; value: typeof before }
  t.ok(done, 'the trace has no other answers')
  for (const file of Object.keys(before)) t.ok(files[file]?.equals(readFileSync(file)), 'and every change')
})

t.test('a power cut after a checkpoint loses no answered change', options, async (t) => {
  const path = temporaryDatabase(t)
  const trace = `${path}-trace`
  await createSqliteStore({ url: `file:${path}` }).close()
  const before = { [path]: readFileSync(path), [`${path}-wal`]: Buffer.alloc(0) }
  const [execPath, ...execArgv] = [...straced(strace as string, trace), process.execPath]
  await once(fork(CHECKPOINT, [path], { execPath, execArgv, env: environment({}) }), 'exit')

  const [cut] = powerCuts(readFileSync(trace, 'latin1'), before, /(\d+) changes/)
  t.ok(cut)
  if (cut === undefined) return
  t.notOk(cut.after(path).equals(before[path] as Buffer), 'the database file has changed')
  const count = openAfter(t, cut, path).prepare('SELECT count(*) FROM login_throttles').pluck()
  t.equal(count.get(), Number(cut.answer))
})
