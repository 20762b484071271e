import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commandLine } from '../support/command-line.ts'

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
  const { tacit } = commandLine(t)
  await tacit(['migrate'])
  for (const [command, sentence] of USAGE) {
    const outcome = await tacit(command.split(' '))
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
