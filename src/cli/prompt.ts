/**
 * Asks questions on a terminal.
 */

/** What a prompt of @inquirer writes to, and the signal that ends it. */
export interface PromptContext {
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/** Whether there is a terminal to ask on. */
export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true

/** Returns whether an error means that Ctrl-C was pressed at a prompt. */
export const wasInterrupted = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ExitPromptError'

/**
 * Asks on standard error, so that standard output has the answer of the command alone.
 * @param abandoned the message of the error if the input of the terminal ends
 */
export function ask<Value>(
  prompt: (context: PromptContext) => Promise<Value>,
  abandoned: string,
): Promise<Value> {
  // Ctrl-D closes the input of the terminal and leaves the question open. The process then has nothing to wait for.
  const closed = new AbortController()
  const close = () => closed.abort()
  process.once('beforeExit', close)
  return prompt({ output: process.stderr, signal: closed.signal })
    .catch((error: unknown) => {
      throw closed.signal.aborted ? new Error(abandoned) : error
    })
    .finally(() => process.removeListener('beforeExit', close))
}

/** Asks a question whose answer is yes or no. Enter alone means no. */
async function confirm(message: string): Promise<boolean> {
  const { default: confirmation } = await import('@inquirer/confirm')
  return ask((context) => confirmation({ message, default: false }, context), 'The question was not answered')
}

/**
 * Asks whether to delete.
 * @throws Error if the answer is no, or if there is no terminal to ask on
 */
export async function confirmDeletion(what: string, question: string): Promise<void> {
  if (!isTerminal()) {
    throw new Error(`There is no terminal to ask for confirmation. Add --yes to delete ${what}`)
  }
  if (await confirm(`${question} This cannot be undone.`)) return
  throw new Error('Nothing was deleted')
}
