import { setImmediate as nextTurn } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { createGroupCommit } from '../../../src/db/sqlite/group-commit.ts'
import { temporaryDatabase } from '../../support/database.ts'

function numbers(t: Test) {
  // As in the store, the driver never waits for a lock.
  const driver = new BetterSqlite(temporaryDatabase(t), { timeout: 0 })
  driver.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY)')
  t.teardown(() => driver.close())
  const outages: true[] = []
  const committed: number[] = []
  const retry = { maxWaitMs: 100, onOutage: () => outages.push(true) }
  const together = createGroupCommit(driver, retry, (changes) => committed.push(changes))
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

t.test('changes of one turn share one transaction, and each has its own result', async (t) => {
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

t.test('a failing change does not fail the others of its group', async (t) => {
  const { add, all, outages } = numbers(t)
  const [one, twice, two] = await Promise.allSettled([add(1), add(1), add(2)])
  t.match(one, { status: 'fulfilled' })
  t.match(twice, { status: 'rejected', reason: { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' } })
  t.match(two, { status: 'fulfilled' })
  t.same(all(), [1, 2])
  t.same(outages, [], 'a mistake is no outage')
})

t.test('reports no success when a failure undoes the whole transaction', async (t) => {
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

t.test('reports no success before COMMIT, which may fail', async (t) => {
  const { driver, outages, add, together, all, committed } = numbers(t)
  driver.exec(`CREATE TABLE marks (number INTEGER REFERENCES numbers DEFERRABLE INITIALLY DEFERRED)`)
  const broken = together(() => driver.exec('INSERT INTO marks VALUES (99)'))
  const results = await Promise.allSettled([add(1), broken, add(2)])
  t.strictSame(
    results.map((result) => result.status === 'rejected' && result.reason.code),
    ['SQLITE_CONSTRAINT_FOREIGNKEY', 'SQLITE_CONSTRAINT_FOREIGNKEY', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  )
  t.strictSame(all(), [])
  t.strictSame(committed, [])
  t.strictSame(outages, [])
  t.strictSame(await Promise.all([add(3), add(4)]), [1, 1], 'the next group is not affected')
  t.strictSame(all(), [3, 4])
  t.strictSame(committed, [2])
})

t.test('repeats a group whose COMMIT meets a lock, and fails all of it if the lock stays', async (t) => {
  const { driver, outages, add, all, committed } = numbers(t)
  // Without a write-ahead log, a reader blocks the COMMIT and nothing before it.
  const reader = new BetterSqlite(driver.name)
  t.teardown(() => reader.close())
  const read = () => reader.exec('BEGIN; SELECT * FROM numbers')

  read()
  const failed = await Promise.allSettled([add(1), add(2)])
  t.strictSame(
    failed.map((result) => result.status === 'rejected' && result.reason.code),
    ['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'],
  )
  t.strictSame([outages.length, committed.length], [1, 0])
  reader.exec('COMMIT')
  t.strictSame(all(), [])

  read()
  const answered: number[] = []
  const waiting = Promise.all([add(3), add(4)].map((each) => each.then((changes) => answered.push(changes))))
  for (let turn = 0; turn < 3; turn += 1) await nextTurn()
  t.strictSame(answered, [], 'nothing is answered while the COMMIT fails')
  reader.exec('COMMIT')
  await waiting
  t.strictSame(answered, [1, 1])
  t.strictSame(all(), [3, 4])
  t.strictSame([outages.length, committed], [1, [2]])
})

t.test('reports an outage for a change that meets one, and logs it', async (t) => {
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

t.test('a group waits for a lock for a limited time', async (t) => {
  const path = temporaryDatabase(t)
  const driver = new BetterSqlite(path, { timeout: 0 })
  driver.exec('CREATE TABLE numbers (number INTEGER PRIMARY KEY)')
  const other = new BetterSqlite(path)
  t.teardown(() => {
    driver.close()
    other.close()
  })
  const insert = driver.prepare('INSERT INTO numbers VALUES (?)')
  const waitingFor = (maxWaitMs: number) =>
    createGroupCommit(driver, { maxWaitMs, onOutage: () => {} }, () => {})

  other.exec('BEGIN IMMEDIATE')
  const waiting = waitingFor(100_000)(() => insert.run(1).changes)
  setTimeout(() => other.exec('COMMIT'), 20)
  t.equal(await waiting, 1)

  other.exec('BEGIN IMMEDIATE')
  await t.rejects(
    waitingFor(200)(() => insert.run(2).changes),
    { code: 'STORE_UNAVAILABLE' },
  )
  other.exec('ROLLBACK')
})
