import { existsSync, renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { someSession, someUser } from '../../support/rows-by-hand.ts'

const NOW = 1_000_000
const LIMITS = {
  sessionsBefore: NOW,
  throttlesBefore: NOW,
  eventsBefore: NOW,
  mailBefore: 0,
  oneTimeTokensBefore: 0,
  changesBefore: NOW,
  rows: 25,
}

function fileStore(t: Test) {
  const path = temporaryDatabase(t)
  const store = createSqliteStore({ url: `file:${path}` })
  const other = new BetterSqlite(path)
  t.teardown(async () => {
    other.close()
    await store.close()
  })
  const attempt = (n: number) =>
    store.countAttempt({
      key: Buffer.alloc(32, n),
      follows: undefined,
      failures: 1,
      at: NOW,
      forgetAt: NOW + 1,
    })
  return {
    path,
    store,
    other,
    /** So many changes, committed one after the other. */
    async change(times: number) {
      for (let n = 0; n < times; n++) await attempt(n)
    },
    /** Pages of the log that have been brought to their place; tells without doing any of it. */
    broughtOver(): number {
      const [{ checkpointed }] = other.pragma('wal_checkpoint(NOOP)') as [{ checkpointed: number }]
      return checkpointed
    },
    async expiredSession() {
      const user = someUser()
      await store.createUser(user)
      await store.createSession(someSession(user.id, { expiresAt: NOW - 1 }))
    },
  }
}

/** The next thread that is started comes to its end at once. */
const endNextThread = () => process.once('worker', (worker: Worker) => void worker.terminate())

t.test('a thread writes the log back to the database before a commit would', async (t) => {
  const { change, broughtOver } = fileStore(t)
  t.equal(broughtOver(), 0)
  await change(100)
  while (broughtOver() === 0) await sleep(5)
  t.pass('it was')
})

t.test('starts another thread after one dies', async (t) => {
  const { change, broughtOver } = fileStore(t)
  endNextThread()
  await change(100)
  t.equal(broughtOver(), 0)
  while (broughtOver() === 0) {
    await change(100)
    await sleep(5)
  }
  t.pass('and commits go on meanwhile')
})

t.test('a thread deletes expired rows, and waits for other writers', async (t) => {
  const { store, other, expiredSession } = fileStore(t)
  await expiredSession()
  other.exec('BEGIN IMMEDIATE')
  let rows: number | undefined
  const pruning = store.prune(LIMITS).then((gone) => {
    rows = gone
  })
  await sleep(100)
  t.equal(rows, undefined)
  other.exec('COMMIT')
  await pruning
  t.equal(rows, 1)
})

t.test('logs a thread that ends early, and the next one does its work', async (t) => {
  const { store, expiredSession } = fileStore(t)
  await expiredSession()
  endNextThread()
  await t.rejects(store.prune(LIMITS), { message: /ended/ })
  t.equal(await store.prune(LIMITS), 1)
})

t.test('reports an outage while the file is missing', async (t) => {
  const { path, store, expiredSession } = fileStore(t)
  await expiredSession()
  renameSync(path, `${path}-away`)
  await t.rejects(store.prune(LIMITS), { code: 'STORE_UNAVAILABLE', cause: { code: 'SQLITE_CANTOPEN' } })
  renameSync(`${path}-away`, path)
  t.equal(await store.prune(LIMITS), 1)
})

t.test('passes errors through that are not outages', async (t) => {
  const { store } = fileStore(t)
  await t.rejects(store.prune({ ...LIMITS, rows: {} as number }), { name: 'Error', message: /parameter/ })
  await t.rejects(store.prune({ ...LIMITS, rows: (() => 1) as never }), { name: 'DataCloneError' })
  t.equal(await store.prune(LIMITS), 0)
})

t.test('close waits for work under way, and leaves no file beside the database', async (t) => {
  const { path, store, other, change, expiredSession } = fileStore(t)
  await expiredSession()
  other.close()
  await change(100)
  const pruning = store.prune(LIMITS)
  await store.close()
  t.equal(await pruning, 1)
  t.notOk(existsSync(`${path}-wal`))
  await t.rejects(store.prune(LIMITS), { code: 'STORE_UNAVAILABLE' })
})
