/** Every command but `start`. */
import type { Command } from 'commander'
import { addClientCommands } from './clients.ts'
import { addHelpCommand } from './help.ts'
import { addInitCommand } from './init.ts'
import { addKeyCommands } from './keys.ts'
import { addMailCommands } from './mail.ts'
import { addMaintenanceCommands } from './maintenance.ts'
import { addMoveCommand } from './move.ts'
import type { Runner } from './runner.ts'
import { addSessionCommands } from './sessions.ts'
import { addUserCommands } from './users.ts'

export function addOtherCommands(
  program: Command,
  runner: Runner,
  { standalone }: { readonly standalone: boolean },
): void {
  if (standalone) addInitCommand(program, runner)
  addUserCommands(program, runner)
  addSessionCommands(program, runner)
  addClientCommands(program, runner)
  addKeyCommands(program, runner)
  addMailCommands(program, runner)
  addMaintenanceCommands(program, runner)
  addMoveCommand(program, runner)
  addHelpCommand(program)
}
