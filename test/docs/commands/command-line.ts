/** The commands for the command line of Tacit, in the process of its tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { type CommandLine, commandLine } from '../../support/command-line.ts'
import { linesOf, takeBlock, takeLine } from '../../support/documented-commands.ts'

const ADMINISTRATION = 'docs/administration.md'
const DEPLOYMENT = 'docs/deployment.md'

/** The arguments of a line that runs the command line, however the document calls it. */
const argumentsOf = (line: string): string[] => {
  const [, args] =
    /^(?:cd \S+ && sudo -u tacit |docker exec -it tacit )?(?:npx |\S+\/)?tacit (.*)$/.exec(line) ?? []
  if (args === undefined) throw new Error(`not a command line of Tacit: ${line}`)
  return args.split(' ')
}

/** What a reader is asked on a terminal, a script gives otherwise. */
const ANSWERS: readonly (readonly [command: RegExp, option: string, input?: string])[] = [
  [/^user create/, '--password-stdin', PASSWORD],
  [/^(?:user|client) delete/, '--yes'],
]

async function runLine(t: Test, { tacit }: CommandLine, line: string): Promise<void> {
  const args = argumentsOf(line)
  const [, option, input = ''] = ANSWERS.find(([command]) => command.test(args.join(' '))) ?? []
  // The service of a developer sends mail to the log.
  const environment = { MAIL_URL: 'log:', MAIL_FROM: 'accounts@example.com' }
  const given = option === undefined ? args : [...args, option]
  const { status, stderr } = await tacit(given, { input, environment })
  t.equal(status, 0, `${line}\n${stderr}`)
}

const SERVER = 'cd /var/lib/tacit && sudo -u tacit /opt/tacit/node_modules/.bin/tacit user'
const accountCommands = [
  takeBlock('README.md', 'npx tacit secret --write .env'),
  takeBlock('README.md', 'npx tacit user create ada@example.com --role admin\nnpx tacit user invite'),
  takeBlock(ADMINISTRATION, 'npx tacit user create root'),
  takeBlock(ADMINISTRATION, 'npx tacit user invite grace'),
  takeBlock(DEPLOYMENT, `${SERVER} list`),
]
const deleteAda = takeBlock(ADMINISTRATION, 'npx tacit user delete ada')
const promoteAda = takeLine(ADMINISTRATION, 'npx tacit user role ada@example.com admin')
const clientCommands = takeBlock(ADMINISTRATION, 'npx tacit client')
const firstAdministrator = takeBlock(DEPLOYMENT, `${SERVER} create`)

t.test('the commands of the documents for the command line succeed', async (t) => {
  const line = commandLine(t)
  for (const command of accountCommands.flatMap(linesOf)) await runLine(t, line, command)
  t.match(parseEnv(readFileSync(join(line.directory, '.env'), 'utf8')), { SECRET_KEY: /^\S{32,}$/ })
  await runLine(t, line, promoteAda)
  await runLine(t, line, deleteAda.trim())
  const { users } = await line.tacitJson<{ users: { email: string }[] }>(['user', 'list'])
  t.strictSame(
    users.map(({ email }) => email),
    ['grace@example.com', 'root@example.com'],
  )

  const [create = '', list = '', remove = ''] = linesOf(clientCommands)
  await runLine(t, line, create)
  await runLine(t, line, list)
  const { clients } = await line.tacitJson<{ clients: [{ id: string }] }>(['client', 'list'])
  await runLine(t, line, remove.replace(/\S+$/, clients[0].id))
  t.strictSame(await line.tacitJson(['client', 'list']), { clients: [] })
})

for (const [index, command] of linesOf(firstAdministrator).entries()) {
  t.test(`command ${index} of docs/deployment.md makes the first administrator`, async (t) => {
    const line = commandLine(t)
    await runLine(t, line, command)
    t.match(await line.tacitJson(['user', 'list']), { users: [{ email: 'root@example.com', role: 'admin' }] })
  })
}
