import t, { type Test } from 'tap'
import type { SessionView } from '../../src/schemas/session.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import { movableClock } from '../support/clock.ts'
import { type CommandLine, commandLine, createUser } from '../support/command-line.ts'
import { failuresBefore, failuresOf, login } from '../support/failures.ts'
import { type Jar, setCookies } from '../support/jar.ts'
import { someUser } from '../support/rows-by-hand.ts'

/**
 * The service and the command line on one database. Both use the present time, because the clock of
 * the command line cannot be moved.
 */
async function sideBySide(t: Test): Promise<{ line: CommandLine; service: TestApp; ada: Jar }> {
  const line = commandLine(t)
  const service = await buildApp(t, { environment: line.environment, clock: movableClock(Date.now()) })
  const ada = await signUp(service)
  await me(service, ada)
  return { line, service, ada }
}

const me = (service: TestApp, jar: Jar) => service.request({ url: '/me' }, jar)
const guarded = (service: TestApp, url: string, jar: Jar) => service.request({ url }, jar)

t.test('disable refuses an account from its next request on, and enable admits it again', async (t) => {
  const { line, service, ada } = await sideBySide(t)
  t.equal((await me(service, ada)).statusCode, 200)
  await line.tacit(['user', 'disable', 'ada@example.com'])
  // The clock of the command line is ahead of the service's.
  service.clock.advance(60)
  t.equal((await me(service, ada)).statusCode, 401)
  t.same(
    [...ada.cookies.keys()],
    ['device'],
    'and the browser forgets its cookies but the one it is known by',
  )
  await t.rejects(signIn(service), { message: /LOGIN_FAILED/ })

  await line.tacit(['user', 'enable', 'ada@example.com'])
  await signIn(service)
})

t.test('set-role gives the account its new role silently at the next request', async (t) => {
  const { line, service, ada } = await sideBySide(t)
  const { users } = await line.tacitJson<{ users: { id: string }[] }>(['user', 'list'])
  const bobs = await signUp(service, 'bob@example.com')
  const url = `/users/${users[0]?.id}`
  t.equal((await guarded(service, url, bobs)).statusCode, 403)
  await line.tacit(['user', 'role', 'bob@example.com', 'admin'])

  const response = await guarded(service, url, bobs)
  t.equal(response.statusCode, 200)
  t.equal(setCookies(response).length, 1, 'with a new access cookie')
  t.match((await me(service, bobs)).json(), { user: { role: 'admin' } })
  t.equal((await me(service, ada)).statusCode, 200, 'and no other account notices')
})

t.test('set-password ends every session of the account', async (t) => {
  const { line, service, ada } = await sideBySide(t)
  await line.tacit(['user', 'password', 'ada@example.com', '--password-stdin'], {
    input: 'another horse altogether',
  })
  t.equal((await me(service, ada)).statusCode, 401)
})

t.test('revokes one session by its id, and no other', async (t) => {
  const { line, service, ada } = await sideBySide(t)
  const other = await signIn(service)
  const { id } = (await me(service, ada)).json().session

  const listed = await line.tacitJson<{ sessions: SessionView[] }>(['session', 'list', 'ada@example.com'])
  t.equal(listed.sessions.length, 2)
  const mine = listed.sessions.find((session) => session.id === id)
  const { current, ...seen } = (await me(service, ada)).json().session
  t.same(mine, seen, 'listed as its owner sees it')

  t.same(await line.tacit(['session', 'revoke', id]), {
    status: 0,
    stdout: 'Ended a session of ada@example.com.\n',
    stderr: '',
  })
  t.equal((await me(service, ada)).statusCode, 401)
  t.equal((await me(service, other)).statusCode, 200)
  t.same(await line.tacit(['session', 'revoke', id]), {
    status: 1,
    stdout: '',
    stderr: `tacit: There is no session ${id}, or it has ended already\n`,
  })
})

t.test('revokes all sessions of an account by its address', async (t) => {
  const { line, service, ada } = await sideBySide(t)
  const other = await signIn(service)
  const revoke = ['session', 'revoke', '--user', 'ada@example.com']
  t.same(await line.tacitJson(revoke), { revoked: 2 })
  t.equal((await me(service, ada)).statusCode, 401)
  t.equal((await me(service, other)).statusCode, 401)
  t.equal((await line.tacit(revoke)).stdout, 'ada@example.com was signed in nowhere.\n')
  t.equal(
    (await line.tacit(['session', 'list', 'ada@example.com'])).stdout,
    'ada@example.com is signed in nowhere.\n',
  )
  t.same(await line.tacitJson(['session', 'list', 'ada@example.com']), { sessions: [] })

  await signIn(service)
  t.equal((await line.tacit(revoke)).stdout, 'Ended 1 session of ada@example.com.\n')
  await signIn(service)
  await signIn(service)
  t.equal((await line.tacit(revoke)).stdout, 'Ended 2 sessions of ada@example.com.\n')
})

t.test('records each command and its origin in the audit table', async (t) => {
  const { line, service } = await sideBySide(t)
  await line.tacit(['user', 'create', 'bob@example.com', '--password-stdin'], {
    input: 'another horse altogether',
  })
  await line.tacit(['session', 'revoke', '--user', 'ada@example.com'])
  // The last administrator could not be disabled.
  await internalsOf(service.app).store.createUser(someUser({ role: 'admin' }))
  await line.tacit(['user', 'role', 'ada@example.com', 'admin'])
  await line.tacit(['user', 'password', 'ada@example.com', '--password-stdin'], {
    input: 'another horse altogether',
  })
  await line.tacit(['user', 'disable', 'ada@example.com'])
  await line.tacit(['user', 'enable', 'ada@example.com'])

  const events = await internalsOf(service.app).store.listEvents(6)
  t.same(events.map(({ type, reason }) => [type, reason]).reverse(), [
    ['registered', 'command line'],
    ['session-revoked', 'ended-by-administrator, command line'],
    ['role-changed', 'user to admin, command line'],
    ['password-changed', 'by an operator, command line'],
    ['disabled', 'command line'],
    ['enabled', 'command line'],
  ])
})

t.test('unlock opens an account to unknown browsers beside the running service', async (t) => {
  const line = commandLine(t)
  const service = await buildApp(t, { environment: line.environment })
  await createUser(line)
  await failuresBefore(service, 100)
  t.equal(await login(service), 401)

  t.same(await line.tacit(['user', 'unlock', 'ADA@example.com']), {
    status: 0,
    stdout: 'ada@example.com may sign in from any browser again.\n',
    stderr: '',
  })
  t.equal(await failuresOf(service), 0)
  t.equal(await login(service, PASSWORD), 200)
  const events = await internalsOf(service.app).store.listEvents(10)
  t.match(
    events.find(({ type }) => type === 'unlocked'),
    { reason: 'command line' },
  )
})
