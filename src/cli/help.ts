import type { Command } from 'commander'

/** `tacit help user create` shows the help of that command. The help command of commander takes one name only. */
export function addHelpCommand(program: Command): void {
  program
    .command('help')
    .description('show the help of a command')
    .argument('[command...]', 'its name, such as user create')
    .action((names: readonly string[]) => {
      let command = program
      for (const name of names) {
        const next = command.commands.find((each) => each.name() === name)
        if (next === undefined) throw new Error(`unknown command '${names.join(' ')}'`)
        command = next
      }
      command.outputHelp()
    })
}
