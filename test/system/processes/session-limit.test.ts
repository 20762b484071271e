import t from 'tap'
import { openBeside, registerAt, signInAt } from '../../support/browser.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { startServers } from '../../support/processes.ts'
import { ME } from '../../support/rotation.ts'
import { send } from '../../support/socket.ts'

const LIMIT = 4
const EMAIL = 'ada@example.com'

t.test('sign-ins at the same time over several processes leave exactly the allowed sessions', async (t) => {
  process.env.MAX_SESSIONS_PER_USER = String(LIMIT)
  t.teardown(() => delete process.env.MAX_SESSIONS_PER_USER)
  const path = temporaryDatabase(t)
  const servers = await startServers(t, 3, path)
  const portFor = (request: number) => (servers[request % servers.length] as { port: number }).port
  const first = await registerAt(portFor(0), EMAIL)
  const jars = await Promise.all(Array.from({ length: 24 }, (_, person) => signInAt(portFor(person), EMAIL)))

  const alive = openBeside(t, path).prepare('SELECT count(*) FROM sessions WHERE revoked_at IS NULL').pluck()
  t.equal(alive.get(), LIMIT)
  // Asked of another process than the one that let them in.
  const answers = await Promise.all([first, ...jars].map((jar, person) => send(portFor(person + 1), ME, jar)))
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, LIMIT)
  t.equal(answers.filter(({ statusCode }) => statusCode === 401).length, jars.length + 1 - LIMIT)
})
