/**
 * The command line: what there is, and how a command's answer or failure is told.
 */
import { Command, CommanderError } from 'commander'
import { createRoles, type RoleDefinitions, type Roles } from '../access/roles.ts'
import { addInitCommand } from './init.ts'
import { addMaintenanceCommands } from './maintenance.ts'
import { type Answer, sentenceOf, writeAnswer, writeError } from './output.ts'
import { wasInterrupted } from './password-input.ts'
import type { Runner } from './runner.ts'
import { addSessionCommands } from './sessions.ts'
import { addStartCommand } from './start.ts'
import { addUserCommands } from './users.ts'

export interface CommandLineOptions {
  /** Roles of the application's own, as it gives them to the service. */
  readonly roles?: RoleDefinitions
  /** Adds `start` and `init`, which an application with the service inside does not need: it starts itself. */
  readonly standalone?: boolean
}

/**
 * Carries out one command line.
 * @returns the exit status
 */
export async function run(
  args: readonly string[],
  { roles, standalone = false }: CommandLineOptions = {},
): Promise<number> {
  try {
    await createProgram(createRoles(roles), standalone).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (wasInterrupted(error)) return 130
    writeError(sentenceOf(error))
    return 1
  }
}

function createProgram(roles: Roles, standalone: boolean): Command {
  const program = new Command('tacit')
    .description('Accounts, sessions and upkeep of a Tacit service.')
    .option('--json', 'answer in JSON, for programs')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (message) => writeError(message.replace(/^error: /, '')) })
    .exitOverride()
    .addHelpText('after', EXPLANATION)

  const say = (answer: Answer) => writeAnswer(answer, program.opts<{ json?: true }>().json === true)
  const runner: Runner = {
    roles,
    say,
    async answer(work) {
      // Most of the time that the program takes to start goes into this: help and usage errors do without.
      const { withService } = await import('./service.ts')
      await say(await withService(roles, work))
    },
  }

  if (standalone) {
    addStartCommand(program)
    addInitCommand(program, runner)
  }
  addUserCommands(program, runner)
  addSessionCommands(program, runner)
  addMaintenanceCommands(program, runner)
  return program
}

const EXPLANATION = `
Settings are those of the service: the environment, and .env in the current directory.
The service may be running meanwhile; a change reaches it at its next request.
The exit status is 0, or 1 with one sentence on standard error, or 130 after Ctrl-C.

Examples:
  tacit user create ada@example.com --role admin
  tacit user list --json
  tacit session revoke --user ada@example.com
  tacit help user create`
