/**
 * The command line: the commands, and how an answer or an error is printed.
 */
import { Command, CommanderError } from 'commander'
import { createRoles, type RoleDefinitions, type Roles } from '../access/roles.ts'
import { refuseSwallowedOptions } from './npm-options.ts'
import { type Answer, sentenceOf, writeAnswer, writeError } from './output.ts'
import { wasInterrupted } from './prompt.ts'
import type { Runner } from './runner.ts'
import type { Service } from './service.ts'
import { addStartCommand } from './start.ts'
import { version } from './version.ts'

export interface CommandLineOptions {
  /** Roles of the application's own, as it gives them to the service. */
  readonly roles?: RoleDefinitions
  /** Adds `start` and `init`. An application that contains the service starts itself, and needs neither. */
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
    const program = await createProgram(args, { roles: createRoles(roles), standalone })
    refuseSwallowedOptions(program, args)
    await program.parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    if (wasInterrupted(error)) return 130
    writeError(sentenceOf(error))
    return 1
  }
}

async function createProgram(
  args: readonly string[],
  { roles, standalone }: { readonly roles: Roles; readonly standalone: boolean },
): Promise<Command> {
  const program = new Command('tacit')
    .description('Accounts, sessions and upkeep of a Tacit service.')
    .version(version, '--version', 'print the version')
    .option('--json', 'answer in JSON, for programs')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (message) => writeError(message.replace(/^error: /, '')) })
    .exitOverride()
    .addHelpText('after', EXPLANATION)

  const say = (answer: Answer) => writeAnswer(answer, program.opts<{ json?: true }>().json === true)
  const answerWith = (mayCreate: boolean) => async (work: (service: Service) => Promise<Answer>) => {
    // Loading this takes most of the time of a command. Help and usage errors do not need it.
    const { withService } = await import('./service.ts')
    await say(await withService({ roles, mayCreate }, work))
  }
  const runner: Runner = { roles, say, answer: answerWith(false), create: answerWith(true) }

  // The other commands are not loaded for a start: that would take 25 ms.
  if (standalone) addStartCommand(program)
  if (!standalone || args[0] !== 'start') {
    const { addOtherCommands } = await import('./other-commands.ts')
    addOtherCommands(program, runner, { standalone })
  }
  return program
}

const EXPLANATION = `
Settings are those of the service: the environment, and .env in the current directory.
The service may be running at the same time. A change takes effect at its next request.
The exit status is 0, or 1 with one sentence on standard error, or 130 after Ctrl-C.

Examples:
  tacit user create ada@example.com --role admin
  tacit user list --json
  tacit session revoke --user ada@example.com
  tacit help user create`
