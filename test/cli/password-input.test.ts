import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { buildApp, PASSWORD, signIn } from '../support/app.ts'
import { commandLine, createUser, WITHOUT_TERMINAL } from '../support/command-line.ts'

const CREATE = ['user', 'create', 'ada@example.com']
const FIRST = 'Password for ada@example.com:'
const SECOND = 'The same again:'
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_T = '\u0014'

/** Answers each prompt when it has appeared. Everything that the terminal showed is returned. */
async function converse(
  child: ChildProcessWithoutNullStreams,
  answers: readonly (readonly [string, string])[],
) {
  const waiting = [...answers]
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
    const [prompt, answer] = waiting[0] ?? []
    if (prompt === undefined || !shown.includes(prompt)) return
    waiting.shift()
    child.stdin.write(`${answer}`)
  })
  const [status] = await once(child, 'close')
  return { status, shown }
}

t.test(
  'asks twice on a terminal, and shows nothing of the input, whatever key is pressed',
  { skip: WITHOUT_TERMINAL },
  async (t) => {
    const line = commandLine(t)
    const service = await buildApp(t, { environment: line.environment })
    const { status, shown } = await converse(line.onTerminal(CREATE), [
      [FIRST, `${CTRL_T}${PASSWORD}${CTRL_T}\r`],
      [SECOND, `${CTRL_T}${PASSWORD}\r`],
    ])
    t.equal(status, 0, shown)
    t.match(shown, 'Created ada@example.com with the role user.')
    const rules = 'A password has 15 to 256 characters. It must not be a common password'
    t.ok(shown.includes(rules), 'it says the rules')
    t.ok(shown.indexOf(rules) < shown.indexOf(FIRST), 'before it asks')
    for (const word of PASSWORD.split(' ')) t.notMatch(shown, word)
    t.notMatch(shown, '*', 'nor how long it is')
    await signIn(service)
  },
)

t.test('refuses two different entries', { skip: WITHOUT_TERMINAL }, async (t) => {
  const { status, shown } = await converse(commandLine(t).onTerminal(CREATE), [
    [FIRST, `${PASSWORD}\r`],
    [SECOND, 'another horse altogether\r'],
  ])
  t.equal(status, 1)
  t.match(shown, 'tacit: The two passwords are not the same')
})

t.test('exits with status 130 and no message on Ctrl-C', { skip: WITHOUT_TERMINAL }, async (t) => {
  const { status, shown } = await converse(commandLine(t).onTerminal(CREATE), [[FIRST, CTRL_C]])
  t.equal(status, 130)
  t.notMatch(shown, 'tacit:')
  t.notMatch(shown, 'Error')
})

t.test('exits with a message on Ctrl-D', { skip: WITHOUT_TERMINAL }, async (t) => {
  const { status, shown } = await converse(commandLine(t).onTerminal(CREATE), [[FIRST, CTRL_D]])
  t.equal(status, 1)
  t.match(shown, 'tacit: No password was given')
  t.notMatch(shown, 'Warning')
})

t.test(
  'refuses to read a URL from a terminal, which would show it',
  { skip: WITHOUT_TERMINAL },
  async (t) => {
    const args = ['move', '--from', 'file:./tacit.db', '--to', '-']
    const { status, shown } = await converse(commandLine(t).onTerminal(args), [])
    t.equal(status, 1)
    t.match(shown, '--to - takes a pipe or a file: leave --to out, and set DATABASE_URL')
  },
)

t.test(
  'refuses --password-stdin on a terminal, which would show the password',
  { skip: WITHOUT_TERMINAL },
  async (t) => {
    const { status, shown } = await converse(commandLine(t).onTerminal([...CREATE, '--password-stdin']), [])
    t.equal(status, 1)
    t.match(shown, '--password-stdin takes a pipe or a file: leave it out to be asked for the password')
  },
)

t.test('says how to enter a password where there is no terminal', async (t) => {
  t.same(await commandLine(t).program(CREATE), {
    status: 1,
    stdout: '',
    stderr: 'tacit: There is no terminal to ask for the password: pipe it in with --password-stdin\n',
  })
})

t.test('removes one line end from standard input, and nothing else', async (t) => {
  const line = commandLine(t)
  const service = await buildApp(t, { environment: line.environment })
  for (const [index, end] of ['\n', '\r\n'].entries()) {
    const email = `ada${index}@example.com`
    const input = `  ${PASSWORD} ${end}`
    t.equal((await line.program(['user', 'create', email, '--password-stdin'], { input })).status, 0)
    await signIn(service, email, { password: `  ${PASSWORD} ` })
  }
})

const refused: readonly (readonly [string, string | Buffer, string])[] = [
  ['too short', 'short\n', 'Use at least 15 characters; this has 5.'],
  ['common', 'passwordpassword\n', 'Many people use this password, so it is tried first. Choose another.'],
  ['two lines', `${PASSWORD}\n${PASSWORD}\n`, 'Standard input must hold the password alone, on one line'],
  [
    'in Latin-1',
    Buffer.from('un mot de passe oubli\u00e9', 'latin1'),
    'The password on standard input is not in UTF-8',
  ],
  ['nothing', '', 'Use at least 15 characters; this has 0.'],
]

t.test('refuses a bad password with the reason, and creates no account', async (t) => {
  const { tacit, tacitJson } = commandLine(t)
  await tacit(['migrate'])
  for (const [what, input, sentence] of refused) {
    const { status, stdout, stderr } = await tacit([...CREATE, '--password-stdin'], { input })
    t.same([status, stdout, stderr], [1, '', `tacit: ${sentence}\n`], what)
  }
  t.same(await tacitJson(['user', 'list']), { users: [] })
})

t.test('asks for no password when the command cannot use it', async (t) => {
  const line = commandLine(t)
  await createUser(line)
  t.equal((await line.tacit(CREATE)).stderr, 'tacit: There is already an account with this e-mail address\n')
  t.equal(
    (await line.tacit(['user', 'password', 'bob@example.com'])).stderr,
    'tacit: There is no account with the address bob@example.com\n',
  )
})

const DELETE = ['user', 'delete', 'ada@example.com']
const QUESTION = 'Delete ada@example.com and end all its sessions? This cannot be undone.'
const deletions: readonly (readonly [string, string, number, string])[] = [
  ['Enter alone', '\r', 1, 'tacit: Nothing was deleted'],
  ['no', 'n\r', 1, 'tacit: Nothing was deleted'],
  ['Ctrl-D', CTRL_D, 1, 'tacit: The question was not answered'],
  ['Ctrl-C', CTRL_C, 130, QUESTION],
  ['yes', 'y\r', 0, 'Deleted ada@example.com.'],
]

t.test('an account is deleted on a terminal only after a yes', { skip: WITHOUT_TERMINAL }, async (t) => {
  const line = commandLine(t)
  await createUser(line)
  for (const [what, keys, expected, sentence] of deletions) {
    const { status, shown } = await converse(line.onTerminal(DELETE), [[QUESTION, keys]])
    t.equal(status, expected, what)
    t.match(shown, sentence, what)
    const { users } = await line.tacitJson<{ users: unknown[] }>(['user', 'list'])
    t.equal(users.length, what === 'yes' ? 0 : 1, what)
  }
})
