/**
 * The commands that take a new password.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { IsEmail } from 'typebox/format'
import { DEFAULT_ROLE } from '../access/roles.ts'
import { AuthError } from '../errors.ts'
import { MAX_EMAIL_LENGTH, MAX_NAME_LENGTH } from '../schemas/limits.ts'
import { ABOUT_JSON, about, accountOf } from './account.ts'
import { readNewPassword } from './password-input.ts'
import type { Runner } from './runner.ts'

interface PasswordOptions {
  readonly passwordStdin: boolean
}

interface CreateOptions extends PasswordOptions {
  readonly role: string
  readonly name?: string
}

export function addCredentialCommands(user: Command, { answer, create, roles }: Runner): void {
  user
    .command('create')
    .description('create an account, also when registration is closed')
    .argument('<email>', 'its e-mail address', checked(isAddress, EMAIL_TAKES))
    .addOption(new Option('--role <role>', 'what it may do').choices(roles.names).default(DEFAULT_ROLE))
    .option('--name <name>', 'the name of the person', checked(isName, NAME_TAKES))
    .addOption(passwordStdin())
    .addHelpText('after', CREATE_HELP)
    .action((email: string, { role, name, passwordStdin }: CreateOptions) =>
      create(async ({ accounts, config: { passwordMinLength: minLength } }) => {
        if (await accounts.findByEmail(email)) throw new AuthError('ACCOUNT_EXISTS')
        const password = await readNewPassword({ email, passwordStdin, minLength })
        const created = await accounts.create({ email, password, name, role })
        return about(created, `Created ${email} with the role ${role}.`)
      }),
    )

  user
    .command('password')
    .description('give an account a new password, and end all its sessions')
    .argument('<email>', 'its e-mail address')
    .addOption(passwordStdin())
    .addHelpText('after', PASSWORD_HELP)
    .action((email: string, { passwordStdin }: PasswordOptions) =>
      answer(async ({ accounts, config: { passwordMinLength: minLength } }) => {
        const found = await accountOf(accounts, email)
        const password = await readNewPassword({ email: found.email, passwordStdin, minLength })
        await accounts.resetPassword(found, password)
        return about(found, `${found.email} has the new password, and is signed out everywhere.`)
      }),
    )
}

const passwordStdin = (): Option =>
  new Option('--password-stdin', 'read the password from standard input instead of asking').default(
    false,
    'ask on the terminal',
  )

// The same rules as in the schemas of the service. Loading the schemas would take longer than most commands.
const isAddress = (text: string): boolean => IsEmail(text) && lengthOf(text) <= MAX_EMAIL_LENGTH
const isName = (text: string): boolean => lengthOf(text) >= 1 && lengthOf(text) <= MAX_NAME_LENGTH

/** The number of code points, as JSON Schema counts. */
const lengthOf = (text: string): number => [...text].length

/** Returns a parser that refuses an invalid value with a sentence. */
function checked(isValid: (text: string) => boolean, takes: string) {
  return (value: string): string => {
    if (!isValid(value)) throw new InvalidArgumentError(takes)
    return value
  }
}

const EMAIL_TAKES = 'An address is needed, such as ada@example.com.'
const NAME_TAKES = '1 to 200 characters are needed.'

const CREATE_HELP = `
The password is asked for twice and not shown. The rules for passwords apply.
${ABOUT_JSON}

Examples:
  tacit user create ada@example.com --name "Ada Lovelace"
  tacit user create ada@example.com --role admin --password-stdin < password.txt`

const PASSWORD_HELP = `
The password is asked for twice and not shown. The rules for passwords apply.
${ABOUT_JSON}

Examples:
  tacit user password ada@example.com
  tacit user password ada@example.com --password-stdin < password.txt`
