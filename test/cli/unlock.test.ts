import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD } from '../support/app.ts'
import { commandLine, createUser } from '../support/command-line.ts'
import { failuresBefore, failuresOf, login } from '../support/failures.ts'

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
