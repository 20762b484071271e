/** The shell commands of the documents for users. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const DOCUMENTS: readonly string[] = globSync(
  ['README.md', 'SECURITY.md', 'docs/*.md', 'examples/**/README.md'],
  { cwd: ROOT, exclude: (path) => path.includes('node_modules') },
).toSorted()

export interface Block {
  readonly document: string
  readonly text: string
}

const textOf = (document: string): string => readFileSync(`${ROOT}${document}`, 'utf8')

/** Every block of shell commands. */
export const BLOCKS: readonly Block[] = DOCUMENTS.flatMap((document) =>
  [...textOf(document).matchAll(/^ *```(?:sh|bash|shell|console)\n(.*?)^ *```$/gms)].map(([, text = '']) => ({
    document,
    text,
  })),
)

/** The lines of a block that do something, without comments. A line that is continued is one line. */
export const linesOf = (text: string): string[] =>
  text
    .replaceAll('\\\n', '')
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#\s.*$/, '').trim())
    .filter((line) => line !== '')

/** Every line of a block, and every code within a sentence. */
export const COMMANDS: readonly Block[] = [
  ...BLOCKS.flatMap(({ document, text }) => linesOf(text).map((line) => ({ document, text: line }))),
  ...DOCUMENTS.flatMap((document) =>
    [
      ...textOf(document)
        .replaceAll(/^ *```.*?^ *```$/gms, '')
        .matchAll(/`([^`]+)`/g),
    ].map(([, text = '']) => ({ document, text: text.replaceAll(/\s+/g, ' ') })),
  ),
]

const taken = new Set<Block>()
const takenLines = new Set<string>()

/** Whether a test has taken a block to run it. */
export const isTaken = (block: Block): boolean => taken.has(block)

/** Whether a test has taken a line of a block to run it. */
export const isLineTaken = (document: string, line: string): boolean => takenLines.has(`${document} ${line}`)

/**
 * Takes a block, to run it.
 * @throws Error if no block of the document begins so, or several do
 */
export function takeBlock(document: string, beginning: string): string {
  const found = BLOCKS.filter((block) => block.document === document && block.text.startsWith(beginning))
  const [block] = found
  if (block === undefined || found.length > 1)
    throw new Error(`${found.length} blocks of ${document} begin with ${beginning}`)
  taken.add(block)
  return block.text
}

/**
 * Takes a line of a block or a code within a sentence, to run it.
 * @throws Error if the document does not have it
 */
export function takeLine(document: string, line: string): string {
  if (!COMMANDS.some((command) => command.document === document && command.text === line))
    throw new Error(`${document} does not have ${line}`)
  takenLines.add(`${document} ${line}`)
  return line
}

export interface Shell {
  readonly cwd: string
  readonly env?: object
}

/** Runs commands as a reader pastes them. Returns the standard output. */
export async function paste(commands: string, { cwd, env = {} }: Shell): Promise<string> {
  const shell = spawn('sh', ['-euc', commands], {
    cwd,
    env: { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [output, complaints, [status]] = await Promise.all([
    readAll(shell.stdout),
    readAll(shell.stderr),
    once(shell, 'close'),
  ])
  if (status !== 0) throw new Error(`${commands}\n${output}\n${complaints}`)
  return output
}
