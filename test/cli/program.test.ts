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

t.test('a command that cannot be carried out says why on standard error, with status 1', async (t) => {
  const { tacit } = commandLine(t)
  for (const [command, sentence] of USAGE) {
    const outcome = await tacit(command.split(' '))
    t.same(outcome, { status: 1, stdout: '', stderr: `tacit: ${sentence}\n` }, command)
  }
})

t.test('help says what there is, with examples, and how to read it', async (t) => {
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
  t.match(await tacit([]), { status: 1, stdout: '', stderr: /^Usage: tacit/ }, 'no command at all')
  t.match(await tacit(['user']), { status: 1, stdout: '', stderr: /^Usage: tacit user/ })
})
