import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { moduleFile } from '../module-file.ts'
import { loadEnvironmentFile } from './environment-file.ts'

/** The options of `npm start`, which fastify.config.ts gives in the repository. */
const FASTIFY_CLI_OPTIONS = ['--options', '--plugin-timeout', '60000', '--close-grace-delay', '10000']

interface StartOptions {
  readonly port?: string
  readonly address?: string
}

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('start the service; its data is in the folder data of the current directory')
    .option('--port <number>', 'where it listens, instead of PORT')
    .option('--address <address>', 'the address it listens on, instead of FASTIFY_ADDRESS')
    .addHelpText('after', START_HELP)
    .action(startService)
}

/**
 * Runs src/app.ts by fastify-cli, as `npm start` does in the repository. A second way to start
 * would have to follow the first in its time limits, its address in a container, its FASTIFY_
 * variables and its graceful stop.
 */
async function startService({ port, address }: StartOptions): Promise<void> {
  loadEnvironmentFile()
  // The service reads these two as well.
  if (port !== undefined) process.env.PORT = port
  if (address !== undefined) process.env.FASTIFY_ADDRESS = address
  // fastify-cli prints a stack for a wrong setting. It is one sentence here.
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
    throw error
  }
}

const START_HELP = `
Ctrl-C or SIGTERM stops it: requests under way are answered first.

Examples:
  tacit start
  tacit start --port 8080 --address 0.0.0.0`
