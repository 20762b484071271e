/** The commands for curl. */
import t from 'tap'
import { buildApp, PASSWORD, signUp } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
import { commandLine, createUser } from '../../support/command-line.ts'
import { paste, takeBlock, takeLine } from '../../support/documented-commands.ts'
import { withoutPrograms } from '../../support/find-program.ts'
import { listen } from '../../support/socket.ts'
import { fetchTokens } from '../../support/tokens.ts'

const ADMINISTRATION = 'docs/administration.md'
const LOCAL = 'http://localhost:3000'
const withoutCurl = withoutPrograms([['curl', '--version']])

/** Each request prints its status, the body before it. */
const CURL = `curl() { command curl -sS -w '\\n%{http_code}\\n' "$@"; }\n`
const statusesOf = (output: string): string[] => output.match(/^\d{3}$/gm) ?? []

const routes = {
  signIn: takeBlock(ADMINISTRATION, 'ORIGIN='),
  steps: [
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar "$ORIGIN/admin/users?'), ['200'], /"ada@example\.com"/],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar -H "Origin'), ['201'], /"invited":true/],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar $ORIGIN/admin/roles'), ['200'], /"users:write"/],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar -X PATCH'), ['200'], /"role":"admin"/],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar $ORIGIN/admin/users/$USER_ID/s'), ['200', '204', '204']],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar -X POST'), ['204']],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar "$ORIGIN/admin/events'), ['200'], /"sign-in-failed"/],
    [takeBlock(ADMINISTRATION, 'curl -b jar -c jar -X DELETE'), ['204']],
  ] as readonly (readonly [block: string, statuses: readonly string[], shown?: RegExp])[],
  changeAddress: takeBlock('docs/mail.md', 'curl -b jar'),
  knownClient: takeBlock('docs/sign-in.md', 'curl -d grant_type'),
  signOut: takeLine('README.md', "curl -b jar -H 'Origin: http://localhost:3000' -X POST …/auth/logout"),
}

t.test(
  'the commands of the documents for curl get the documented answers',
  { skip: withoutCurl },
  async (t) => {
    const line = commandLine(t)
    const settings = { ...line.environment, MAIL_URL: 'log:', MAIL_FROM: 'accounts@example.com' } as const
    // The command line has the time of this machine.
    const clock = movableClock(Date.now())
    const service = await buildApp(t, { environment: settings, clock, neverBusy: true })
    const address = `http://localhost:${await listen(service)}`
    await createUser(line, 'root@example.com', '--role', 'admin')
    await signUp(service)
    const { refresh_token } = await fetchTokens(service)
    const wrong = { email: 'ada@example.com', password: 'another horse altogether' }
    await service.request({ method: 'POST', url: '/auth/login', payload: wrong })
    const { user } = await line.tacitJson<{ user: { id: string } }>(['user', 'show', 'ada@example.com'])
    const { sessions } = await line.tacitJson<{ sessions: [{ id: string }] }>([
      ...['session', 'list', 'ada@example.com'],
    ])
    const cwd = line.directory
    const env = {
      ORIGIN: address,
      USER_ID: user.id,
      SESSION_ID: sessions[0].id,
      REFRESH_TOKEN: refresh_token,
    }
    const run = (block: string) =>
      paste(CURL + block.replaceAll(LOCAL, address).replaceAll('…', PASSWORD), { cwd, env })
    const signedInAs = (email: string) => routes.signIn.replace('root@example.com', email)

    t.match(JSON.parse((await run(routes.knownClient)).split('\n')[0] ?? ''), { token_type: 'bearer' })
    t.strictSame(statusesOf(await run(signedInAs('ada@example.com'))), ['200'])
    t.strictSame(statusesOf(await run(routes.changeAddress)), ['202'])

    t.strictSame(statusesOf(await run(routes.signIn)), ['200'])
    for (const [block, statuses, shown = /./] of routes.steps) {
      const output = await run(block)
      t.strictSame(statusesOf(output), statuses, block)
      t.match(output, shown, block)
    }
    t.strictSame(statusesOf(await run(routes.signOut.replace('…', LOCAL))), ['204'])
  },
)
