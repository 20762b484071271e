/**
 * Prints one answer on standard output, as text or as JSON, or one sentence on standard error.
 *
 * Threat: strangers choose names and user agents. An operator reads them on a terminal, which
 * obeys escape sequences.
 * Guarantee: no control character and no change of writing direction reaches the terminal. Text
 * shows U+FFFD in their place, and JSON their escaped form.
 * Source: CWE-150.
 */
import { AuthError } from '../errors.ts'

export interface Answer {
  readonly json: object
  readonly text: string
}

const UNPRINTABLE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu

const printable = (text: string): string => text.replace(UNPRINTABLE, '\ufffd')

const printableJson = (json: object): string =>
  JSON.stringify(json, null, 2).replace(UNPRINTABLE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** A reader that closes the pipe early, as `head` does, is not an error. */
export function writeAnswer({ json, text }: Answer, asJson: boolean): Promise<void> {
  const output = asJson ? printableJson(json) : text.split('\n').map(printable).join('\n')
  return new Promise((resolve, reject) => {
    process.stdout.write(`${output}\n`, (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === 'EPIPE') resolve()
      else reject(new Error(`The answer cannot be written: ${error.message}`))
    })
  })
}

export function writeError(sentence: string): void {
  process.stderr.write(`tacit: ${printable(sentence.trim().replace(/\s*\n\s*/g, ' '))}\n`)
}

/** Returns the message of an error without the query that the database layer adds to it. */
export function sentenceOf(error: unknown): string {
  const { message, cause } = error as Error
  if (!(cause instanceof Error)) return message
  return error instanceof AuthError ? `${message}: ${cause.message}` : cause.message
}

/** Aligns cells under their headings. Text of uncertain width belongs into the last column. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows].map((line) => line.map(printable))
  const widths: number[] = []
  for (const line of lines) {
    line.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] as number))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** An ISO 8601 time to the minute, in UTC, for a person to read. */
export const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
