import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/**
 * The options of a program, or their defaults. `--help` prints the help and ends. Any other option
 * does so as a failure.
 */
export function readArguments<Name extends string>(
  help: string,
  defaults: Readonly<Record<Name, string>>,
): Record<Name, string> {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean', short: 'h' } }
  for (const name of Object.keys(defaults)) {
    options[name] = { type: 'string', default: defaults[name as Name] }
  }
  try {
    const { values } = parseArgs({ options })
    if (values.help !== true) return values as Record<Name, string>
    process.stdout.write(help)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${help}`)
    process.exit(2)
  }
  process.exit(0)
}
