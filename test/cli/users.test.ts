import t from 'tap'
import type { UserView } from '../../src/schemas/user.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn } from '../support/app.ts'
import { movableClock } from '../support/clock.ts'
import { commandLine, createUser } from '../support/command-line.ts'
import { matchesWhole } from '../support/lists.ts'
import { loggedToken } from '../support/mail-server.ts'

t.test('creates, shows, changes and lists an account', async (t) => {
  const line = commandLine(t)
  const { tacit, tacitJson } = line

  t.same(await createUser(line, 'ada@example.com', '--role', 'admin', '--name', 'Ada Lovelace'), {
    status: 0,
    stdout: 'Created ada@example.com with the role admin.\n',
    stderr: '',
  })
  await createUser(line, 'bob@example.com')

  const { user } = await tacitJson<{ user: UserView }>(['user', 'show', 'ADA@example.com'])
  t.match(user.id, /^[0-9a-f-]{36}$/)
  t.match(user.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.same(
    Object.keys(user),
    ['id', 'email', 'name', 'role', 'createdAt', 'disabled', 'emailConfirmed'],
    'and never a hash',
  )
  t.match(user, {
    email: 'ada@example.com',
    name: 'Ada Lovelace',
    role: 'admin',
    disabled: false,
    emailConfirmed: false,
  })

  t.equal(
    (await tacit(['user', 'role', 'bob@example.com', 'admin'])).stdout,
    'bob@example.com has the role admin now.\n',
  )
  t.equal((await tacit(['user', 'disable', 'bob@example.com'])).stdout, 'bob@example.com is disabled now.\n')

  const { users } = await tacitJson<{ users: UserView[] }>(['user', 'list'])
  matchesWhole(t, users, [user, { email: 'bob@example.com', name: null, role: 'admin', disabled: true }])

  const created = user.createdAt.slice(0, 16).replace('T', ' ')
  t.equal(
    (await tacit(['user', 'list'])).stdout.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, created),
    [
      'EMAIL            ROLE   STATE     CREATED (UTC)     NAME',
      `ada@example.com  admin  enabled   ${created}  Ada Lovelace`,
      `bob@example.com  admin  disabled  ${created}`,
      '',
    ].join('\n'),
  )
  t.equal(
    (await tacit(['user', 'show', 'ada@example.com'])).stdout,
    [
      'email    ada@example.com',
      `id       ${user.id}`,
      'name     Ada Lovelace',
      'role     admin',
      'state    enabled',
      `created  ${created} UTC`,
      '',
    ].join('\n'),
  )
})

t.test('reports a state that already holds, and exits with status 0', async (t) => {
  const line = commandLine(t)
  const { tacit, tacitJson } = line
  await tacit(['migrate'])
  t.equal(
    (await tacit(['user', 'list'])).stdout,
    `There are no accounts in ${line.environment.DATABASE_URL}.\n`,
  )
  t.same(await tacitJson(['user', 'list']), { users: [] })

  await createUser(line)
  const again = async (...args: string[]) => {
    const { status, stdout } = await tacit(['user', ...args])
    t.equal(status, 0)
    return stdout.trim()
  }
  t.equal(await again('role', 'ada@example.com', 'user'), 'ada@example.com has the role user already.')
  t.equal(await again('enable', 'ada@example.com'), 'ada@example.com is enabled already.')
  t.match(await tacitJson(['user', 'disable', 'ada@example.com']), { user: { disabled: true } })
  t.equal(await again('disable', 'ada@example.com'), 'ada@example.com is disabled already.')
  t.match(await again('show', 'ada@example.com'), /^name$/m, 'a name that is not there is empty')
})

t.test('creates accounts and sets passwords also while registration is closed', async (t) => {
  const line = commandLine(t)
  const service = await buildApp(t, { environment: { ...line.environment, REGISTRATION: 'closed' } })
  t.equal((await createUser(line)).status, 0)
  await signIn(service)

  const { stdout } = await line.tacit(['user', 'password', 'ada@example.com', '--password-stdin'], {
    input: 'another horse altogether',
  })
  t.equal(stdout, 'ada@example.com has the new password, and is signed out everywhere.\n')
  await signIn(service, 'ada@example.com', { password: 'another horse altogether' })
  await t.rejects(signIn(service, 'ada@example.com', { password: PASSWORD }), { message: /LOGIN_FAILED/ })
})

t.test('prints a name without control characters to a terminal, and unchanged as JSON', async (t) => {
  const line = commandLine(t)
  const name = 'Ada\u001b[2J\u009b31m\u202e'
  await createUser(line, 'ada@example.com', '--name', name)
  t.match((await line.tacit(['user', 'list'])).stdout, 'Ada\ufffd[2J\ufffd31m\ufffd\n')

  const { stdout } = await line.tacit(['user', 'show', 'ada@example.com', '--json'])
  t.match(stdout, String.raw`Ada\u001b[2J\u009b31m\u202e`)
  t.equal(JSON.parse(stdout).user.name, name)
})

t.test('deletes an account with its sessions, and records it', async (t) => {
  const line = commandLine(t)
  const service = await buildApp(t, { environment: line.environment })
  await createUser(line, 'root@example.com', '--role', 'admin')
  await createUser(line)
  const ada = await signIn(service)
  const remove = (email: string, ...options: string[]) => line.tacit(['user', 'delete', email, ...options])

  t.same(await remove('ada@example.com'), {
    status: 1,
    stdout: '',
    stderr: 'tacit: There is no terminal to ask for confirmation. Add --yes to delete ada@example.com\n',
  })
  t.equal((await service.request({ url: '/me' }, ada)).statusCode, 200)
  t.same(await remove('ADA@example.com', '--yes'), {
    status: 0,
    stdout: 'Deleted ada@example.com.\n',
    stderr: '',
  })
  // The clock of the service stands still, while that of the program goes on.
  service.clock.advance(60)
  t.equal((await service.request({ url: '/me' }, ada)).statusCode, 401)
  t.match(await remove('ada@example.com', '--yes'), {
    status: 1,
    stderr: 'tacit: There is no account with the address ada@example.com\n',
  })
  const events = await internalsOf(service.app).store.listEvents(10)
  const event = events.find(({ type }) => type === 'account-deleted')
  t.match(event, { type: 'account-deleted', reason: 'command line', actorId: null })

  t.same(await remove('root@example.com', '--yes'), {
    status: 1,
    stdout: '',
    stderr: 'tacit: This is the last administrator: give another account the role first\n',
  })
})

t.test('invites a person, who has no password until the link of the mail is used', async (t) => {
  const line = commandLine(t)
  const { tacit, tacitJson } = line
  const environment = { MAIL_URL: 'log:' }
  const invite = (...more: string[]) => tacit(['user', 'invite', 'ada@example.com', ...more], { environment })
  t.match(await invite('--role', 'admin', '--name', 'Ada', '--locale', 'de'), {
    status: 0,
    stdout:
      'Invited ada@example.com with the role admin. The service sends the mail when it runs. The link works for seven days.\n',
    stderr: '',
  })
  t.match((await tacit(['user', 'list'])).stdout, /ada@example.com +admin +invited /)
  t.match((await tacit(['user', 'show', 'ada@example.com'])).stdout, /state +invited/)
  t.match(await tacitJson(['user', 'invite', 'ADA@example.com'], { environment }), {
    user: { email: 'ada@example.com', role: 'admin', emailConfirmed: false },
  })
  t.match(await invite('--role', 'user'), { stdout: /with the role user/ })

  // The service sends the mail that the command line has written.
  const clock = movableClock(Date.now())
  const service = await buildApp(t, { environment: { ...line.environment, ...environment }, clock })
  const token = await loggedToken(service, 'ada@example.com', 'invitation')
  const payload = { token, newPassword: PASSWORD }
  t.equal((await service.request({ method: 'POST', url: '/auth/password/reset', payload })).statusCode, 204)
  await signIn(service)
  t.match((await tacit(['user', 'list'])).stdout, /ada@example.com +user +enabled /)
  t.match(await invite(), {
    status: 1,
    stderr: 'tacit: There is already an account with this e-mail address\n',
  })
  const { store } = internalsOf(service.app)
  t.match(await store.listEvents(1, { type: 'invited' }), [
    { actorId: null, reason: 'role user, command line' },
  ])
})

t.test('invites no person without mail, or in a language that is none', async (t) => {
  const { tacit } = commandLine(t)
  t.match(await tacit(['user', 'invite', 'ada@example.com'], { environment: { NODE_ENV: 'test' } }), {
    status: 1,
    stderr: 'tacit: An invitation needs mail. Set MAIL_URL and MAIL_FROM\n',
  })
  const { stderr } = await tacit(['user', 'invite', 'ada@example.com', '--locale', 'de_DE!'])
  t.match(stderr, /A language is needed, such as en, ja or pt-BR/)
})

t.test('says that a created account cannot sign in yet with EMAIL_VERIFICATION=required', async (t) => {
  const { tacit } = commandLine(t)
  const created = await tacit(['user', 'create', 'ada@example.com', '--password-stdin'], {
    input: PASSWORD,
    environment: { MAIL_URL: 'log:', EMAIL_VERIFICATION: 'required' },
  })
  t.match(created, {
    status: 0,
    stdout:
      /^Created ada@example.com with the role user.\nIts address is not confirmed, so it cannot sign in yet/,
  })
})
