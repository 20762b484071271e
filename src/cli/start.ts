import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { moduleFile } from '../module-file.ts'
import { loadEnvironmentFile } from './environment-file.ts'

/** The options of `npm run dev`, which fastify.config.ts gives to fastify-cli. */
const FASTIFY_CLI_OPTIONS = ['--options', '--plugin-timeout', '60000', '--close-grace-delay', '10000']

interface StartOptions {
  readonly port?: string
  readonly address?: string
}

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('start the service; its data is in the folder data of the current directory')
    .option('--port <number>', 'the port it listens on, instead of PORT')
    .option('--address <address>', 'the address it listens on, instead of FASTIFY_ADDRESS')
    .addHelpText('after', START_HELP)
    .action(startService)
}

/**
 * Runs src/app.ts by fastify-cli, which `npm run dev` also does. A start of our own would have to
 * follow it in its time limits, its address in a container, its FASTIFY_ variables and its graceful
 * stop.
 */
async function startService({ port, address }: StartOptions): Promise<void> {
  loadEnvironmentFile()
  // The service reads these two as well.
  if (port !== undefined) process.env.PORT = port
  if (address !== undefined) process.env.FASTIFY_ADDRESS = address
  // fastify-cli prints a stack trace for a wrong setting. Here it is one sentence.
  readConfig()
  const { default: helper } = await import('fastify-cli/helper.js')
  try {
    await helper.listen([
      ...FASTIFY_CLI_OPTIONS,
      ...(port === undefined ? [] : ['--port', port]),
      ...(address === undefined ? [] : ['--address', address]),
      moduleFile(import.meta, '../app'),
    ])
  } catch (error) {
    // close-with-grace, which fastify-cli uses, ends a process that has nothing left to do with
    // status 0.
    process.once('exit', () => {
      process.exitCode = 1
    })
    throw startError(error as ListenError)
  }
}

/** An error of Node.js, or of a start that failed before it listened. */
interface ListenError extends NodeJS.ErrnoException {
  readonly address?: string
  readonly port?: number
}

function startError(error: ListenError): Error {
  const { code, address, port } = error
  if (code !== 'EADDRINUSE' || port === undefined) return error
  return new Error(
    `Port ${port} of ${address} is in use, perhaps by a service that is still running. Stop that program, or choose another port, such as PORT=${port + 1}`,
  )
}

const START_HELP = `
Ctrl-C or SIGTERM stops it: requests under way are answered first.

Examples:
  tacit start
  tacit start --port 8080 --address 0.0.0.0`
