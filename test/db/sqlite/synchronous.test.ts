import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import { asStoreError } from '../../../src/db/sqlite/synchronous.ts'
import { AuthError } from '../../../src/errors.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { someSession, someUser } from '../../support/rows-by-hand.ts'

const OUTAGE = { name: 'AuthError', code: 'STORE_UNAVAILABLE', statusCode: 503, retryAfterSeconds: 1 }
const { SqliteError } = BetterSqlite

t.test('reports an outage for a database that another process keeps locked', async (t) => {
  const path = temporaryDatabase(t)
  const store = createSqliteStore({ url: `file:${path}`, busyTimeoutMs: 1 })
  t.teardown(() => store.close())
  const other = new BetterSqlite(path)
  t.teardown(() => other.close())
  const user = someUser()
  await store.createUser(user)
  other.exec('BEGIN IMMEDIATE')
  await t.rejects(store.createUser(someUser()), { ...OUTAGE, cause: { code: 'SQLITE_BUSY' } })
  await t.rejects(store.changeAccess(user.id, { disabled: true }, 1), OUTAGE)
  t.ok(await store.findUser(user.id), 'reading goes on')
  other.exec('ROLLBACK')
  t.equal(await store.createUser(someUser()), true, 'and so does writing, when it is over')
})

t.test('waits a limited time for a file that another process locks exclusively', async (t) => {
  const path = temporaryDatabase(t)
  const other = new BetterSqlite(path)
  t.teardown(() => other.close())
  other.exec('CREATE TABLE other (x); BEGIN EXCLUSIVE')
  t.throws(() => createSqliteStore({ url: `file:${path}`, busyTimeoutMs: 20 }), { code: 'SQLITE_BUSY' })
  other.exec('ROLLBACK')
  const store = createSqliteStore({ url: `file:${path}`, busyTimeoutMs: 20 })
  await store.close()
})

t.test('waits for a new file that another process is writing', async (t) => {
  const path = temporaryDatabase(t)
  const writer = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
     const Database = require('better-sqlite3')
     const database = new Database(workerData)
     database.exec('CREATE TABLE other (x); BEGIN IMMEDIATE')
     parentPort.postMessage('writing')
     setTimeout(() => {
       database.exec('COMMIT')
       database.close()
     }, 50)`,
    { eval: true, workerData: path },
  )
  await once(writer, 'message')
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  await store.ping()
  t.pass('it started')
})

t.test('reports an outage for a closed database, in promises and in synchronous calls', async (t) => {
  const store = createSqliteStore({ url: ':memory:' })
  await store.close()
  await t.rejects(store.ping(), OUTAGE)
  await t.rejects(store.findUser('x'), OUTAGE)
  t.throws(() => store.changedSessions(), OUTAGE)
})

t.test('reports errors of the driver as an outage, however they are wrapped', async (t) => {
  for (const code of [
    'SQLITE_BUSY',
    'SQLITE_FULL',
    'SQLITE_READONLY',
    'SQLITE_IOERR_WRITE',
    'SQLITE_CORRUPT',
  ]) {
    const fault = new SqliteError('broken', code)
    t.match(asStoreError(fault), OUTAGE, code)
    t.equal((asStoreError(fault) as AuthError).cause, fault)
    t.match(asStoreError(new Error('Failed query', { cause: fault })), OUTAGE, `${code}, wrapped`)
  }
})

t.test('passes errors through that are not outages', async (t) => {
  for (const mistake of [
    new SqliteError('UNIQUE constraint failed', 'SQLITE_CONSTRAINT_UNIQUE'),
    new SqliteError('FOREIGN KEY constraint failed', 'SQLITE_CONSTRAINT_FOREIGNKEY'),
    new TypeError('undefined is not a function'),
    new Error('outside', { cause: 'a string' }),
    new AuthError('NOT_FOUND'),
    'a string',
    undefined,
  ]) {
    t.equal(asStoreError(mistake), mistake)
  }
  const store = createSqliteStore({ url: ':memory:' })
  t.teardown(() => store.close())
  const orphan = await store.createSession(someSession(someUser().id)).catch((error: unknown) => error)
  t.notOk(orphan instanceof AuthError)
  t.match(String((orphan as Error).cause ?? orphan), /FOREIGN KEY/)
})

t.test('stops the start for a file that is no database', async (t) => {
  const path = temporaryDatabase(t)
  writeFileSync(path, 'a letter to a friend, long enough to look at'.repeat(50))
  t.throws(() => createSqliteStore({ url: `file:${path}` }), { code: 'SQLITE_NOTADB' })
})

t.test('stops the start for a database of a later version, whose tables do not fit', async (t) => {
  const path = temporaryDatabase(t)
  const other = new BetterSqlite(path)
  other.exec('CREATE TABLE users (id TEXT)')
  other.close()
  t.throws(() => createSqliteStore({ url: `file:${path}` }), /users/)
})

t.test('unwraps an error whose message quotes the parameters of a query', async (t) => {
  const cause = new SqliteError('UNIQUE constraint failed', 'SQLITE_CONSTRAINT_UNIQUE')
  const error = new Error('Failed query: insert into users\nparams: $argon2id$secret', { cause })
  t.equal(asStoreError(error), cause)
  const refusal = new AuthError('STORE_UNAVAILABLE', { cause })
  t.equal(asStoreError(refusal), refusal)
})
