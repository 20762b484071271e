import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { ConfigError } from '../config/config-error.ts'
import { loadEnvironmentFile } from './environment-file.ts'
import { type ListenOptions, listen } from './listen.ts'

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('start the service; its data is in the folder data of the current directory')
    .option('--port <number>', 'the port it listens on, instead of PORT')
    .option('--address <address>', 'the address it listens on, instead of FASTIFY_ADDRESS')
    .addHelpText('after', START_HELP)
    .action(startService)
}

async function startService(options: Pick<ListenOptions, 'port' | 'address'>): Promise<void> {
  const { port, address } = options
  loadEnvironmentFile()
  // The service reads these two as well.
  if (port !== undefined) process.env.PORT = port
  if (address !== undefined) process.env.FASTIFY_ADDRESS = address
  // fastify-cli prints a stack trace for a wrong setting. Here it is one sentence.
  const config = readConfig()
  if (config.workers > 1) {
    if (config.databaseUrl === ':memory:') {
      throw new ConfigError('WORKERS must be 1 with DATABASE_URL=:memory:, which only one process can use')
    }
    const { runPrimary } = await import('./primary.ts')
    return runPrimary(config, options)
  }
  try {
    await listen(options)
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
Ctrl-C or SIGTERM stops it: requests under way are answered first. With WORKERS above 1, SIGHUP
replaces the processes one after the other.

Examples:
  tacit start
  tacit start --port 8080 --address 0.0.0.0`
