import { readdirSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { atTheSameTime } from '../../support/at-the-same-time.ts'
import { temporaryDatabase } from '../../support/database.ts'

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
