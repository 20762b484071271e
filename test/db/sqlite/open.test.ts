import { readdirSync, statSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { openSqlite } from '../../../src/db/sqlite/open.ts'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import { atTheSameTime } from '../../support/at-the-same-time.ts'
import { snapshot, temporaryDatabase } from '../../support/database.ts'
import { someSession, someUser } from '../../support/rows-by-hand.ts'

t.test('only the owner may read a new database and the files beside it', async (t) => {
  const path = temporaryDatabase(t)
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  await store.createUser(someUser())
  for (const file of [path, `${path}-wal`, `${path}-shm`]) t.equal(statSync(file).mode & 0o777, 0o600, file)
})

t.test('opens a database with a write-ahead log', async (t) => {
  const path = temporaryDatabase(t)
  openSqlite({ url: `file:${path}` }).driver.close()
  const other = new BetterSqlite(path)
  t.teardown(() => other.close())
  t.equal(other.pragma('journal_mode', { simple: true }), 'wal')
})

t.test('deletes the rows of a deleted account with it', async (t) => {
  const path = temporaryDatabase(t)
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  const [user, other] = [someUser(), someUser()]
  for (const each of [user, other]) {
    await store.createUser(each)
    await store.createSession(someSession(each.id))
  }
  await store.deleteUser(user.id, 1)
  t.equal(snapshot(path).sessions?.length, 1)
})

t.test('refuses a session without an account', async (t) => {
  const store = createSqliteStore({ url: ':memory:' })
  t.teardown(() => store.close())
  await t.rejects(store.createSession(someSession(someUser().id)), { message: /FOREIGN KEY/ })
})

const migrations = readdirSync(new URL('../../../src/db/sqlite/migrations', import.meta.url)).filter((name) =>
  name.endsWith('.sql'),
).length

t.test('processes that start together create the tables once, and all of them start', async (t) => {
  for (let round = 0; round < 2; round++) {
    const path = temporaryDatabase(t)
    const answers = await atTheSameTime(4, 'open the database', path)
    t.strictSame(
      answers,
      Array.from({ length: 4 }, () => 'opened'),
    )
    const database = new BetterSqlite(path, { readonly: true })
    t.equal(database.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get(), migrations)
    database.close()
  }
})
