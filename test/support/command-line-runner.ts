/**
 * Runs one command line after another in this process, as messages ask. A process for each costs
 * more than most tests.
 */
import { Readable } from 'node:stream'
import { run } from '../../src/cli/program.ts'

export interface Job {
  readonly args: readonly string[]
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  readonly input: string | Buffer
}

const written = { stdout: '', stderr: '' }

for (const name of ['stdout', 'stderr'] as const) {
  process[name].write = (text: string | Uint8Array, ...rest: unknown[]) => {
    written[name] += text
    const done = rest.at(-1)
    if (typeof done === 'function') queueMicrotask(() => done())
    return true
  }
}

process.on('message', async ({ args, directory, environment, input }: Job) => {
  process.chdir(directory)
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, environment)
  Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true })
  Object.assign(written, { stdout: '', stderr: '' })
  const status = await run(args, { standalone: true })
  process.send?.({ status, ...written })
})
