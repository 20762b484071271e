import { Argument, type Command } from 'commander'
import { shownUrl } from '../db/database-url.ts'
import { presentUser } from '../schemas/present.ts'
import type { Account } from '../store/account.ts'
import { ABOUT_JSON, about, accountOf } from './account.ts'
import { addCredentialCommands } from './credentials.ts'
import { minute, table } from './output.ts'
import { confirmDeletion } from './prompt.ts'
import type { Runner } from './runner.ts'

export function addUserCommands(program: Command, runner: Runner): void {
  const { answer, roles } = runner
  const user = program.command('user').description('create, show, change and delete accounts')
  addCredentialCommands(user, runner)

  user
    .command('list')
    .description('list every account, sorted by address')
    .addHelpText('after', LIST_HELP)
    .action(() =>
      answer(async ({ accounts, config }) => {
        const list = await accounts.list()
        const users = list.map(presentUser)
        const rows = list.map((each) => [
          each.email,
          each.role,
          stateOf(each),
          minute(presentUser(each).createdAt),
          each.name ?? '',
        ])
        const text =
          rows.length === 0
            ? `There are no accounts in ${shownUrl(config.databaseUrl)}.`
            : table(['EMAIL', 'ROLE', 'STATE', 'CREATED (UTC)', 'NAME'], rows)
        return { json: { users }, text }
      }),
    )

  user
    .command('show')
    .description('show one account')
    .argument('<email>', 'its e-mail address')
    .addHelpText('after', `\n${ABOUT_JSON}\n\nExample:\n  tacit user show ada@example.com --json`)
    .action((email: string) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        const { id, name, role, createdAt } = presentUser(found)
        const rows = [
          ['id', id],
          ['name', name ?? ''],
          ['role', role],
          ['state', stateOf(found)],
          ['created', `${minute(createdAt)} UTC`],
        ]
        return about(found, table(['email', found.email], rows))
      }),
    )

  user
    .command('role')
    .description('give an account another role; its sessions go on')
    .argument('<email>', 'its e-mail address')
    .addArgument(new Argument('<role>', 'what it may do').choices(roles.names))
    .addHelpText('after', `\n${ABOUT_JSON}\n\nExample:\n  tacit user role ada@example.com admin`)
    .action((email: string, role: string) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        if (found.role === role) return about(found, `${found.email} has the role ${role} already.`)
        await accounts.setRole(found, role)
        return about({ ...found, role }, `${found.email} has the role ${role} now.`)
      }),
    )

  user
    .command('unlock')
    .description('forget failed sign-ins: browsers that an account does not know may try again')
    .argument('<email>', 'its e-mail address')
    .addHelpText('after', `\n${ABOUT_JSON}\n\nExample:\n  tacit user unlock ada@example.com`)
    .action((email: string) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        await accounts.unlock(found)
        return about(found, `${found.email} may sign in from any browser again.`)
      }),
    )

  user
    .command('delete')
    .description('delete an account with its sessions; this cannot be undone')
    .argument('<email>', 'its e-mail address')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', `\n${ABOUT_JSON}\n\n${DELETE_HELP}`)
    .action((email: string, { yes = false }: { readonly yes?: boolean }) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        if (!yes) await confirmDeletion(found.email, `Delete ${found.email} and end all its sessions?`)
        await accounts.deleteAccount(found)
        return about(found, `Deleted ${found.email}.`)
      }),
    )

  for (const [name, disabled, description] of SWITCHES) {
    user
      .command(name)
      .description(description)
      .argument('<email>', 'its e-mail address')
      .addHelpText('after', `\n${ABOUT_JSON}\n\nExample:\n  tacit user ${name} ada@example.com`)
      .action((email: string) =>
        answer(async ({ accounts }) => {
          const found = await accountOf(accounts, email)
          if ((found.disabledAt !== null) === disabled) {
            return about(found, `${found.email} is ${state(disabled)} already.`)
          }
          await accounts.setDisabled(found, disabled)
          return about(await accounts.get(found.id), `${found.email} is ${state(disabled)} now.`)
        }),
      )
  }
}

const DELETE_HELP = `The last administrator cannot be deleted. Events of the account stay in the audit table.

Examples:
  tacit user delete ada@example.com
  tacit user delete ada@example.com --yes`

const SWITCHES = [
  ['disable', true, 'end all sessions of an account and let it begin no other'],
  ['enable', false, 'let a disabled account sign in again'],
] as const

const state = (disabled: boolean): string => (disabled ? 'disabled' : 'enabled')

/** An invited account has no password yet. */
const stateOf = ({ disabledAt, invitedAt }: Account): string =>
  disabledAt === null && invitedAt !== null ? 'invited' : state(disabledAt !== null)

const LIST_HELP = `
With --json: {"users": [{"id", "email", "name", "role", "createdAt", "disabled", "emailConfirmed"}]}

Examples:
  tacit user list
  tacit user list --json | jq -r '.users[] | select(.role == "admin") | .email'`
