import type { Command } from 'commander'
import { presentSession } from '../schemas/present.ts'
import type { SessionInfo } from '../store/session-info.ts'
import { accountOf } from './account.ts'
import { type Answer, minute, table } from './output.ts'
import type { Runner } from './runner.ts'
import type { Service } from './service.ts'

export function addSessionCommands(program: Command, { answer }: Runner): void {
  const session = program.command('session').description('list sessions and end them')

  session
    .command('list')
    .description('the sessions of an account, the latest seen first')
    .argument('<email>', "the account's e-mail address")
    .addHelpText('after', LIST_HELP)
    .action((email: string) =>
      answer(async ({ accounts, sessions }) => {
        const { id, email: address } = await accountOf(accounts, email)
        const list = (await sessions.list(id)).map(presentListed)
        const rows = list.map(({ id, createdAt, lastSeenAt, expiresAt, ip, userAgent }) => [
          id,
          ...[createdAt, lastSeenAt, expiresAt].map(minute),
          ip,
          userAgent,
        ])
        const headings = ['ID', 'CREATED (UTC)', 'LAST SEEN', 'EXPIRES', 'ADDRESS', 'USER AGENT']
        const text = rows.length === 0 ? `${address} is signed in nowhere.` : table(headings, rows)
        return { json: { sessions: list }, text }
      }),
    )

  session
    .command('revoke')
    .description('end one session, or all of an account')
    .argument('[id]', "the session's id, as session list shows it")
    .option('--user <email>', 'end all sessions of this account instead')
    // One id in 64 begins with a hyphen, and would be taken for an option.
    .allowUnknownOption()
    .addHelpText('after', REVOKE_HELP)
    .action((id: string | undefined, { user }: { readonly user?: string }) =>
      answer((service) => {
        if (id !== undefined && user === undefined) return revokeOne(service, id)
        if (id === undefined && user !== undefined) return revokeAll(service, user)
        throw new Error("Either a session's id or --user EMAIL is needed")
      }),
    )
}

async function revokeOne({ accounts, sessions }: Service, id: string): Promise<Answer> {
  const session = await sessions.find(id)
  if (session === null) throw new Error(`There is no session ${id}, or it has ended already`)
  const { email } = await accounts.get(session.userId)
  await sessions.end(session, 'ended-by-administrator')
  return { json: { revoked: 1 }, text: `Ended a session of ${email}.` }
}

async function revokeAll({ accounts, sessions }: Service, email: string): Promise<Answer> {
  const user = await accountOf(accounts, email)
  const revoked = await sessions.endAll(user.id, null, 'ended-by-administrator')
  const many = revoked === 1 ? '1 session' : `${revoked} sessions`
  const text = revoked === 0 ? `${user.email} was signed in nowhere.` : `Ended ${many} of ${user.email}.`
  return { json: { revoked }, text }
}

/** A command belongs to no session, so none of them is the current one. */
function presentListed(session: SessionInfo) {
  const { current, ...listed } = presentSession(session, '')
  return listed
}

const LIST_HELP = `
With --json: {"sessions": [{"id", "createdAt", "lastSeenAt", "expiresAt", "ip", "userAgent"}]}

Example:
  tacit session list ada@example.com`

const REVOKE_HELP = `
With --json: {"revoked": <how many>}

Examples:
  tacit session revoke 3q2-7wAAAAAAAAAAAAAAAA
  tacit session revoke --user ada@example.com`
