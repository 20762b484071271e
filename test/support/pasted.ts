/** Commands of a document, as a reader pastes them into a shell. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const ROOT = new URL('../../', import.meta.url)

/** The blocks of shell commands that contain a text, in the order of the document. */
export const commandsOf = (document: string, containing: string): string[] =>
  readFileSync(new URL(document, ROOT), 'utf8')
    .split('```')
    .filter((block) => block.startsWith('sh\n') && block.includes(containing))
    .map((block) => block.slice('sh\n'.length))

/** Runs commands in the folder of the repository. Returns their standard output. */
export async function paste(commands: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const shell = spawn('sh', ['-c', commands], {
    cwd: fileURLToPath(ROOT),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [output] = await Promise.all([text(shell.stdout), once(shell, 'close')])
  return output
}
