import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { commandLine, createUser, program } from '../support/command-line.ts'

t.test('reads settings from the environment, then .env, then the defaults', async (t) => {
  const { tacit, directory } = commandLine(t)
  const migrate = async (DATABASE_URL: string | undefined) => {
    const { stdout, stderr } = await tacit(['migrate'], { environment: { DATABASE_URL } })
    return stdout + stderr
  }
  t.equal(await migrate(undefined), 'The tables in file:./data/tacit.db are up to date.\n')

  writeFileSync(join(directory, '.env'), 'DATABASE_URL=file:./written.db\n')
  t.equal(await migrate(undefined), 'The tables in file:./written.db are up to date.\n')
  t.equal(await migrate('file:./given.db'), 'The tables in file:./given.db are up to date.\n')

  writeFileSync(join(directory, '.env'), 'PASSWORD_MIN_LENGTH=seven\n')
  t.equal(await migrate(undefined), 'tacit: PASSWORD_MIN_LENGTH must be a whole number from 8 to 64\n')
})

t.test('stops when .env cannot be read', async (t) => {
  const { tacit, directory } = commandLine(t)
  mkdirSync(join(directory, '.env'))
  t.match(await tacit(['migrate']), {
    status: 1,
    stdout: '',
    stderr: /^tacit: \.env cannot be read: [^\n]+\n$/,
  })
})

t.test('refuses a database in memory, which no other process sees', async (t) => {
  t.match(await commandLine(t).tacit(['user', 'list'], { environment: { DATABASE_URL: ':memory:' } }), {
    status: 1,
    stderr: 'tacit: DATABASE_URL is :memory:, which no other process sees: the command line needs a file\n',
  })
})

t.test('names a database that cannot be opened', async (t) => {
  const { tacit, directory } = commandLine(t)
  writeFileSync(join(directory, 'letter.txt'), 'Dear Ada, '.repeat(1_000))
  t.match(await tacit(['user', 'list'], { environment: { DATABASE_URL: 'file:./letter.txt' } }), {
    status: 1,
    stderr: 'tacit: The database file:./letter.txt cannot be opened: file is not a database\n',
  })
})

t.test('leaves the database of another program unchanged', async (t) => {
  const { tacit, directory } = commandLine(t)
  const driver = new BetterSqlite(join(directory, 'shop.db'))
  driver.exec('CREATE TABLE users (shoe_size INTEGER)')
  t.match(await tacit(['user', 'list'], { environment: { DATABASE_URL: 'file:./shop.db' } }), {
    status: 1,
    stderr: 'tacit: The database file:./shop.db cannot be opened: table `users` already exists\n',
  })
  t.same(
    driver
      .prepare('SELECT * FROM users')
      .columns()
      .map(({ name }) => name),
    ['shoe_size'],
  )
  driver.close()
})

/** A database that refuses to add to a table. */
function refuseToAdd(directory: string, table: string, refusal: string): void {
  const driver = new BetterSqlite(join(directory, 'tacit.db'))
  driver.exec(`CREATE TRIGGER refused BEFORE INSERT ON ${table} BEGIN ${refusal}; END`)
  driver.close()
}

t.test('prints why the database failed, and none of the values that it should have stored', async (t) => {
  const outage = commandLine(t)
  await outage.tacit(['migrate'])
  refuseToAdd(outage.directory, 'users', 'DELETE FROM nowhere')
  t.equal(
    (await createUser(outage)).stderr,
    'tacit: The service cannot reach its data, try again in a moment: no such table: main.nowhere\n',
  )
})

t.test('reports a change whose event could not be stored as made', async (t) => {
  const line = commandLine(t)
  await line.tacit(['migrate'])
  refuseToAdd(line.directory, 'auth_events', "SELECT RAISE(ABORT, 'the disk is full')")
  t.same(await createUser(line), {
    status: 0,
    stdout: 'Created ada@example.com with the role user.\n',
    stderr: 'tacit: an event could not be stored: the disk is full\n',
  })
})

t.test('ends without an error when the reader of its output leaves early', async (t) => {
  for (const args of [['secret'], ['--help']]) {
    const child = spawn(process.execPath, [program, ...args])
    child.stdout.destroy()
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
    t.same([status, stderr], [0, ''], args.join())
  }
})

const withoutFull = existsSync('/dev/full') ? false : 'there is no /dev/full here'

t.test('fails when the output cannot be written', { skip: withoutFull }, async (t) => {
  const child = spawn(process.execPath, [program, 'secret'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  })
  const [stderr, [status]] = await Promise.all([
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ])
  t.equal(status, 1)
  t.match(stderr, /^tacit: The answer cannot be written: ENOSPC[^\n]+\n$/)
})
