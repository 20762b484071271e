import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { Value } from 'typebox/value'
import type { Accounts } from '../accounts/accounts.ts'
import { DEFAULT_ROLE, roleNames } from '../accounts/roles.ts'
import type { User } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import { RegisterSchema } from '../schemas/credentials.ts'
import { NameSchema, presentUser } from '../schemas/user.ts'
import { type Answer, minute, table } from './output.ts'
import { readNewPassword } from './password-input.ts'
import type { Runner } from './program.ts'

interface CreateOptions {
  readonly role: string
  readonly name?: string
  readonly passwordStdin?: true
}

const JSON_USER = 'With --json: {"user": {"id", "email", "name", "role", "createdAt", "disabled"}}'

export function addUserCommands(program: Command, { answer }: Runner): void {
  const user = program.command('user').description('accounts: create, look at and change them')

  user
    .command('create')
    .description('create an account, also when registration is closed')
    .argument('<email>', 'its e-mail address', email)
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices([...roleNames])
        .default(DEFAULT_ROLE, DEFAULT_ROLE),
    )
    .addOption(new Option('--name <name>', 'the name of its owner').argParser(name))
    .addOption(passwordStdinOption())
    .addHelpText('after', CREATE_HELP)
    .action(
      (email: string, { role, name, passwordStdin = false }: CreateOptions & { passwordStdin?: boolean }) =>
        answer(async ({ accounts }) => {
          if (await accounts.findByEmail(email)) throw new AuthError('ACCOUNT_EXISTS')
          const password = await readNewPassword({ email, passwordStdin })
          const created = await accounts.create({ email, password, name, role })
          return about(created, `Created ${email} with the role ${role}.`)
        }),
    )

  user
    .command('list')
    .description('every account, by address')
    .addHelpText(
      'after',
      '\nWith --json: {"users": [{"id", "email", "name", "role", "createdAt", "disabled"}]}',
    )
    .action(() =>
      answer(async ({ accounts, config }) => {
        const users = (await accounts.list()).map(presentUser)
        const rows = users.map(({ email, role, disabled, createdAt, name }) => [
          email,
          role,
          disabled ? 'disabled' : 'enabled',
          minute(createdAt),
          name ?? '',
        ])
        return {
          json: { users },
          text:
            rows.length === 0
              ? `There are no accounts in ${config.databaseUrl}.`
              : table(['EMAIL', 'ROLE', 'STATE', 'CREATED (UTC)', 'NAME'], rows),
        }
      }),
    )

  user
    .command('show')
    .description('one account')
    .argument('<email>', 'its e-mail address')
    .addHelpText('after', `\n${JSON_USER}`)
    .action((email: string) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        const { id, name, role, createdAt, disabled } = presentUser(found)
        const rows = [
          ['email', found.email],
          ['name', name ?? '(none)'],
          ['role', role],
          ['state', disabled ? 'disabled' : 'enabled'],
          ['created', `${minute(createdAt)} UTC`],
        ]
        return about(found, table(['id', id], rows))
      }),
    )

  user
    .command('role')
    .description('give an account another role; its sessions go on with it at their next request')
    .argument('<email>', 'its e-mail address')
    .addArgument(new Argument('<role>', 'what it may do').choices([...roleNames]))
    .addHelpText('after', `\n${JSON_USER}\n\nExample:\n  tacit user role ada@example.com admin`)
    .action((email: string, role: string) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        if (found.role === role) return about(found, `${found.email} had the role ${role} already.`)
        await accounts.setRole(found, role)
        return about({ ...found, role }, `${found.email} has the role ${role} now.`)
      }),
    )

  user
    .command('password')
    .description('give an account a new password and end all its sessions')
    .argument('<email>', 'its e-mail address')
    .addOption(passwordStdinOption())
    .addHelpText('after', `\n${JSON_USER}\n\n${PASSWORD_HELP}`)
    .action((email: string, { passwordStdin = false }: { passwordStdin?: boolean }) =>
      answer(async ({ accounts }) => {
        const found = await accountOf(accounts, email)
        await accounts.resetPassword(found, await readNewPassword({ email: found.email, passwordStdin }))
        return about(found, `${found.email} has the new password, and is signed out everywhere.`)
      }),
    )
}
