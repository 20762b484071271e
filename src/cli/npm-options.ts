/**
 * Finds options that npm has taken for its own.
 *
 * `npm run tacit user create ada@example.com --role admin` lacks `--` before the options. npm then
 * removes `--role` from the arguments, and passes it on as the variable npm_config_role. Without
 * this check the account would be created with another role.
 */
import type { Command } from 'commander'

/** Scripts of package.json that run this program. */
const SCRIPTS = ['tacit', 'start', 'demo']

/** @throws Error that names the options */
export function refuseSwallowedOptions(
  program: Command,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): void {
  const script = String(environment.npm_lifecycle_event)
  if (!SCRIPTS.includes(script)) return
  const command = commandOf(program, args)
  const swallowed = [...command.options, ...program.options]
    .filter(({ long }) => long !== undefined && !args.some((arg) => arg.split('=')[0] === long))
    .filter((option) => environment[`npm_config_${option.name().replaceAll('-', '_')}`])
    .map(({ long }) => long)
  if (swallowed.length === 0) return
  throw new Error(
    `npm has taken ${swallowed.join(' and ')} for its own. Write -- in front of the arguments: npm run -s ${script} -- ...`,
  )
}

/** The command that the arguments name, without checking the arguments themselves. */
function commandOf(program: Command, args: readonly string[]): Command {
  let command = program
  for (const arg of args) command = command.commands.find((each) => each.name() === arg) ?? command
  return command
}
