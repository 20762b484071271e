/**
 * Reads a secret from a pipe or a file.
 *
 * Threat: every user of the machine can read the arguments of a program (`ps`), and a terminal shows
 * what is typed.
 * Guarantee: the secret is no argument, and a terminal is refused.
 * Source: CWE-214.
 */
import { buffer } from 'node:stream/consumers'

export interface ExpectedSecret {
  /** How messages name it: "password". */
  readonly name: string
  /** The message for a terminal. */
  readonly onTerminal: string
}

/** Returns the single line of standard input, without its end. */
export async function readStandardInput({ name, onTerminal }: ExpectedSecret): Promise<string> {
  if (process.stdin.isTTY) throw new Error(onTerminal)
  const line = decode(await buffer(process.stdin), name).replace(/\r?\n$/, '')
  if (/[\r\n]/.test(line)) throw new Error(`Standard input must hold the ${name} alone, on one line`)
  return line
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new Error(`The ${name} on standard input is not in UTF-8`)
  }
}
