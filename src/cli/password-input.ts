/**
 * Where a new password comes from: a terminal, which does not show it, or standard input.
 *
 * Threat: a password given as an argument is read by everybody on the machine (`ps`) and kept by the shell.
 * Guarantee: there is no such argument, and a terminal shows nothing of what is typed.
 * Source: CWE-214.
 */
import { buffer } from 'node:stream/consumers'

export interface PasswordInput {
  /** Whose it will be. */
  readonly email: string
  /** Whether it comes by standard input, as somebody said with --password-stdin. */
  readonly passwordStdin: boolean
}

export async function readNewPassword({ email, passwordStdin }: PasswordInput): Promise<string> {
  if (passwordStdin) return readStandardInput()
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Error('There is no terminal to ask for the password: pipe it in with --password-stdin')
  }
  const first = await ask(`Password for ${email}:`)
  if ((await ask('The same again:')) !== first) throw new Error('The two passwords are not the same')
  return first
}

/** Whether an error means that somebody pressed Ctrl-C at a prompt. */
export const wasInterrupted = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ExitPromptError'

async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new Error('--password-stdin takes a pipe or a file: leave it out to be asked for the password')
  }
  const line = decode(await buffer(process.stdin)).replace(/\r?\n$/, '')
  if (/[\r\n]/.test(line)) throw new Error('Standard input must hold the password alone, on one line')
  return line
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error('The password on standard input is not in UTF-8')
  }
}

/** Asks on standard error, so that standard output holds the answer alone. */
async function ask(message: string): Promise<string> {
  // Only here: most commands ask nothing.
  const { default: password } = await import('@inquirer/password')
  // Ctrl-D closes the terminal's input but leaves the question open. Nothing is left to wait for then.
  const abandoned = new AbortController()
  const abandon = () => abandoned.abort()
  process.once('beforeExit', abandon)
  return password(
    { message, mask: false, toggleMask: false, theme: { style: { maskedText: '(not shown)' } } },
    { output: process.stderr, signal: abandoned.signal },
  )
    .catch((error: unknown) => {
      throw abandoned.signal.aborted ? new Error('No password was given') : error
    })
    .finally(() => process.removeListener('beforeExit', abandon))
}
