/**
 * Reads a new password from a terminal, which does not show it, or from standard input.
 *
 * Threat: every user of the machine can read the arguments of a program (`ps`), and a shell keeps
 * them. A password must not be one of them.
 * Guarantee: there is no such argument, and a terminal shows nothing of what is typed.
 * Source: CWE-214.
 */
import { passwordRules } from '../credentials/password-rules.ts'
import { ask, isTerminal } from './prompt.ts'
import { readStandardInput } from './standard-input.ts'

export interface PasswordInput {
  /** The address of the account that gets the password. */
  readonly email: string
  /** Whether the password is on standard input. */
  readonly passwordStdin: boolean
  /** Minimum number of characters. */
  readonly minLength: number
}

export async function readNewPassword(input: PasswordInput): Promise<string> {
  const { email, passwordStdin, minLength } = input
  if (passwordStdin) return readStandardInput(PASSWORD)
  if (!isTerminal()) {
    throw new Error('There is no terminal to ask for the password: pipe it in with --password-stdin')
  }
  process.stderr.write(`${passwordRules(minLength)}\n`)
  const first = await askPassword(`Password for ${email}:`)
  if ((await askPassword('The same again:')) !== first) throw new Error('The two passwords are not the same')
  return first
}

async function askPassword(message: string): Promise<string> {
  // Loaded only here: most commands ask nothing.
  const { default: password } = await import('@inquirer/password')
  const config = { message, mask: false, toggleMask: false, theme: { style: { maskedText: '(not shown)' } } }
  return ask((context) => password(config, context), 'No password was given')
}

const PASSWORD = {
  name: 'password',
  onTerminal: '--password-stdin takes a pipe or a file: leave it out to be asked for the password',
}
