/**
 * The commands that create accounts and give passwords.
 */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { IsEmail } from 'typebox/format'
import { DEFAULT_ROLE } from '../access/roles.ts'
import { AuthError } from '../errors.ts'
import { LOCALE, MAX_EMAIL_LENGTH, MAX_NAME_LENGTH } from '../schemas/limits.ts'
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

interface InviteOptions {
  readonly role?: string
  readonly name?: string
  readonly locale?: string
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
      create(async ({ accounts, config: { passwordMinLength: minLength, emailVerification } }) => {
        if (await accounts.findByEmail(email)) throw new AuthError('ACCOUNT_EXISTS')
        const password = await readNewPassword({ email, passwordStdin, minLength })
        const created = await accounts.create({ email, password, name, role })
        const hint = emailVerification === 'required' ? `\n${UNCONFIRMED}` : ''
        return about(created, `Created ${email} with the role ${role}.${hint}`)
      }),
    )

  user
    .command('invite')
    .description('create an account without a password, and mail a link to choose one')
    .argument('<email>', 'its e-mail address', checked(isAddress, EMAIL_TAKES))
    .addOption(
      new Option('--role <role>', 'what it may do').choices(roles.names).default(undefined, DEFAULT_ROLE),
    )
    .option('--name <name>', 'the name of the person', checked(isName, NAME_TAKES))
    .option('--locale <tag>', 'the language of its mail, such as ja', checked(isLocale, LOCALE_TAKES))
    .addHelpText('after', INVITE_HELP)
    .action((email: string, invitee: InviteOptions) =>
      create(async ({ invitations }) => {
        const invited = await invitations.invite({ email, ...invitee }).catch(refusedInvitation)
        return about(invited, `Invited ${invited.email} with the role ${invited.role}. ${WHO_SENDS}`)
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

const isLocale = (text: string): boolean => LOCALE.test(text)

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
const LOCALE_TAKES = 'A language is needed, such as en, ja or pt-BR.'

const UNCONFIRMED =
  'Its address is not confirmed, so it cannot sign in yet (EMAIL_VERIFICATION=required). A new password by "Forgot password" confirms it. `tacit user invite` does both in one step.'

const WHO_SENDS = 'The service sends the mail when it runs. The link works for seven days.'

/** The message for a caller of the API sends them to an administrator. */
function refusedInvitation(error: unknown): never {
  if (error instanceof AuthError && error.code === 'MAIL_OFF')
    throw new Error('An invitation needs mail. Set MAIL_URL and MAIL_FROM')
  throw error
}

const INVITE_HELP = `
An account that has no password yet is invited again: the new link voids the last one.
${ABOUT_JSON}

Examples:
  tacit user invite grace@example.com
  tacit user invite grace@example.com --role admin --locale de`

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
