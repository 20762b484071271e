import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { commandLine, createUser, programPath } from '../support/command-line.ts'

const USAGE: readonly (readonly [string, string])[] = [
  ['usr', "unknown command 'usr' (Did you mean user?)"],
  ['user create', "missing required argument 'email'"],
  [
    'user create ada',
    "command-argument value 'ada' is invalid for argument 'email'. An address is needed, such as ada@example.com.",
  ],
  [
    'user create ada@example.com --role boss',
    "option '--role <role>' argument 'boss' is invalid. Allowed choices are user, admin.",
  ],
  [
    'user create ada@example.com --name=',
    "option '--name <name>' argument '' is invalid. 1 to 200 characters are needed.",
  ],
  ['user create ada@example.com --password secret', "unknown option '--password'"],
  ['user create ada@example.com secret', "too many arguments for 'create'. Expected 1 argument but got 2."],
  [
    'user role ada@example.com boss',
    "command-argument value 'boss' is invalid for argument 'role'. Allowed choices are user, admin.",
  ],
  ['user show ada@example.com', 'There is no account with the address ada@example.com'],
  ['session list ada@example.com', 'There is no account with the address ada@example.com'],
  ['session revoke', "Either a session's id or --user EMAIL is needed"],
  ['session revoke x --user ada@example.com', "Either a session's id or --user EMAIL is needed"],
  [
    'session revoke AAAAAAAAAAAAAAAAAAAAAA',
    'There is no session AAAAAAAAAAAAAAAAAAAAAA, or it has ended already',
  ],
  // One id in 64 begins with a hyphen.
  [
    'session revoke -hAAAAAAAAAAAAAAAAAAAA',
    'There is no session -hAAAAAAAAAAAAAAAAAAAA, or it has ended already',
  ],
]

t.test('prints why a command failed on standard error, and exits with status 1', async (t) => {
  const { program, tacit } = commandLine(t)
  await tacit(['migrate'])
  for (const [index, [command, sentence]] of USAGE.entries()) {
    const outcome = await (index === 0 ? program : tacit)(command.split(' '))
    t.same(outcome, { status: 1, stdout: '', stderr: `tacit: ${sentence}\n` }, command)
  }
})

t.test('help lists the commands with examples, and says how to read it', async (t) => {
  const { tacit } = commandLine(t)
  const main = await tacit(['--help'])
  t.match(main, { status: 0, stderr: '' })
  for (const word of [
    'user',
    'session',
    'secret',
    'migrate',
    'prune',
    '--json',
    'Examples:',
    'exit status',
  ]) {
    t.match(main.stdout, word)
  }
  const create = await tacit(['user', 'create', '--help'])
  for (const word of [
    'choices: "user", "admin"',
    '--password-stdin',
    'With --json: {"user":',
    'Examples:',
    '--json',
  ]) {
    t.match(create.stdout, word)
  }
  t.equal((await tacit(['help', 'user', 'create'])).stdout, create.stdout)
  t.equal((await tacit(['help'])).stdout, main.stdout)
  t.same(await tacit(['help', 'user', 'crate']), {
    status: 1,
    stdout: '',
    stderr: "tacit: unknown command 'user crate'\n",
  })
  t.match(await tacit([]), { status: 1, stdout: '', stderr: /^Usage: tacit/ }, 'no command at all')
  t.match(await tacit(['user']), { status: 1, stdout: '', stderr: /^Usage: tacit user/ })
})

t.test('--version prints the version of the package', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  t.same(await commandLine(t).tacit(['--version']), { status: 0, stdout: `${version}\n`, stderr: '' })
})

const SWALLOWED: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['user create ada@example.com admin', { npm_config_role: 'true' }, '--role'],
  ['user create ada@example.com', { npm_config_role: 'admin', npm_config_json: 'true' }, '--role and --json'],
  ['user create ada@example.com', { npm_config_password_stdin: 'true' }, '--password-stdin'],
  ['user list', { npm_config_json: 'true' }, '--json'],
]

t.test('refuses a command whose options npm has taken for its own', async (t) => {
  const { tacit, directory } = commandLine(t)
  for (const [command, variables, options] of SWALLOWED) {
    const environment = { npm_lifecycle_event: 'tacit', ...variables } as object
    t.same(
      await tacit(command.split(' '), { environment }),
      {
        status: 1,
        stdout: '',
        stderr: `tacit: npm has taken ${options} for its own. Write -- in front of the arguments: npm run -s tacit -- ...\n`,
      },
      command,
    )
  }
  t.notOk(existsSync(join(directory, 'tacit.db')))
})

t.test('accepts variables of npm that are no lost options', async (t) => {
  const { tacit } = commandLine(t)
  const user = ['user', 'create', 'ada@example.com', '--password-stdin']
  const npm = { npm_config_role: 'admin', npm_config_yes: '', npm_config_registry: 'https://npm.example' }
  for (const [args, environment] of [
    [['--role=user'], { ...npm, npm_lifecycle_event: 'tacit' }],
    [[], { ...npm, npm_lifecycle_event: 'check' }],
    [[], { npm_config_yes: '', npm_lifecycle_event: 'tacit' }],
  ] as const) {
    const { stderr } = await tacit([...user, ...args], { input: 'short', environment: environment as object })
    t.match(stderr, 'Use at least 15 characters')
  }
})

const READING = [
  ['user', 'list'],
  ['user', 'show', 'ada@example.com'],
  ['user', 'delete', 'ada@example.com', '--yes'],
  ['session', 'list', 'ada@example.com'],
  ['session', 'revoke', '--user', 'ada@example.com'],
  ['prune'],
]

t.test('creates no database for a command that needs one', async (t) => {
  const { tacit, directory, environment } = commandLine(t)
  for (const args of READING) {
    const { status, stdout, stderr } = await tacit(args)
    t.same([status, stdout], [1, ''], args.join(' '))
    t.match(stderr, `tacit: There is no database ${environment.DATABASE_URL}. `)
    t.match(stderr, /^[^\n]+\n$/)
  }
  t.strictSame(readdirSync(directory), [])
})

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
    const child = spawn(process.execPath, [programPath, ...args])
    child.stdout.destroy()
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
    t.same([status, stderr], [0, ''], args.join())
  }
})

const withoutFull = existsSync('/dev/full') ? false : 'there is no /dev/full here'

t.test('fails when the output cannot be written', { skip: withoutFull }, async (t) => {
  const child = spawn(process.execPath, [programPath, 'secret'], {
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  })
  const [stderr, [status]] = await Promise.all([
    text(child.stderr as NodeJS.ReadableStream),
    once(child, 'close'),
  ])
  t.equal(status, 1)
  t.match(stderr, /^tacit: The answer cannot be written: ENOSPC[^\n]+\n$/)
})
