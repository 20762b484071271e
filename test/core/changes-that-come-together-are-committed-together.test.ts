import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createGroupCommit } from '../../src/db/sqlite/group-commit.ts'
import { temporaryDatabase } from '../support/database.ts'

function numbers(t: Test) {
  const driver = new BetterSqlite(temporaryDatabase(t))
  driver.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY)')
  t.teardown(() => driver.close())
  const outages: true[] = []
  const committed: number[] = []
  const patience = { waitMs: 100, onOutage: () => outages.push(true) }
  const together = createGroupCommit(driver, patience, (changes) => committed.push(changes))
  const insert = driver.prepare('INSERT INTO numbers VALUES (?)')
  const all = driver.prepare('SELECT number FROM numbers ORDER BY number').pluck()
  return {
    driver,
    outages,
    committed,
    add: (number: number) => together(() => insert.run(number).changes),
    together,
    all: () => all.all(),
  }
}

t.test('changes of one turn share one transaction, and each has its own answer', async (t) => {
  const { driver, add, together, all, committed } = numbers(t)
  const inTransaction = together(() => driver.inTransaction)
  const counted = together(() => driver.prepare('SELECT count(*) FROM numbers').pluck().get())
  t.same(
    await Promise.all([add(1), add(2), inTransaction, counted]),
    [1, 1, true, 0],
    'in the order of their coming',
  )
  t.same(all(), [1, 2])
  t.same(committed, [4])
})

t.test('what fails fails alone', async (t) => {
  const { add, all, outages } = numbers(t)
  const [one, twice, two] = await Promise.allSettled([add(1), add(1), add(2)])
  t.match(one, { status: 'fulfilled' })
  t.match(twice, { status: 'rejected', reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } })
  t.match(two, { status: 'fulfilled' })
  t.same(all(), [1, 2])
  t.same(outages, [], 'a mistake is no outage')
})

t.test('when a failure undoes the whole transaction, nobody is told that it went well', async (t) => {
  const { driver, add, together, all, committed } = numbers(t)
  const rolledBack = together(() => {
    driver.exec('ROLLBACK')
    throw new BetterSqlite.SqliteError('database or disk is full', 'SQLITE_FULL')
  })
  const results = await Promise.allSettled([add(1), rolledBack, add(2)])
  for (const result of results) t.match(result, { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
  t.same(all(), [])
  t.same(committed, [])
})

t.test('an outage in one change is an outage for it, and noted', async (t) => {
  const { add, together, all, outages } = numbers(t)
  const failing = together(() => {
    throw new BetterSqlite.SqliteError('disk I/O error', 'SQLITE_IOERR')
  })
  const [one, other] = await Promise.allSettled([add(1), failing])
  t.match(one, { status: 'fulfilled' })
  t.match(other, { status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
  t.same(all(), [1])
  t.equal(outages.length, 1)
})

t.test('a group that meets a lock waits for it, and not for ever', async (t) => {
  const path = temporaryDatabase(t)
  const driver = new BetterSqlite(path, { timeout: 0 })
  driver.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY)')
  const other = new BetterSqlite(path)
  t.teardown(() => {
    driver.close()
    other.close()
  })
  const insert = driver.prepare('INSERT INTO numbers VALUES (?)')
  const together = createGroupCommit(driver, { waitMs: 200, onOutage: () => {} }, () => {})

  other.exec('BEGIN IMMEDIATE')
  const waiting = together(() => insert.run(1).changes)
  setTimeout(() => other.exec('COMMIT'), 20)
  t.equal(await waiting, 1)

  other.exec('BEGIN IMMEDIATE')
  await t.rejects(
    together(() => insert.run(2).changes),
    { code: 'STORE_UNAVAILABLE' },
  )
  other.exec('ROLLBACK')
})
