import type { Command } from 'commander'
import type { RegisteredClient } from '../clients/clients.ts'
import { minute, table } from './output.ts'
import { confirmDeletion } from './prompt.ts'
import type { Runner } from './runner.ts'

export function addClientCommands(program: Command, { answer, create }: Runner): void {
  const client = program
    .command('client')
    .description('register other services that introspect tokens, list and delete them')

  client
    .command('create')
    .description('register a client, and print its id and its secret')
    .argument('<name>', 'what people call it')
    .addHelpText('after', CREATE_HELP)
    .action((name: string) =>
      create(async ({ clients }) => {
        const { client, secret } = await clients.create(name)
        const shown = present(client)
        const rows = table(['id', shown.id], [['secret', secret]])
        const text = `Created the client ${shown.name}. Its secret is shown only now.\n\n${rows}`
        return { json: { client: shown, secret }, text }
      }),
    )

  client
    .command('list')
    .description('list every client, the oldest first, without its secret')
    .addHelpText('after', LIST_HELP)
    .action(() =>
      answer(async ({ clients, config }) => {
        const list = (await clients.list()).map(present)
        const rows = list.map(({ id, createdAt, name }) => [id, minute(createdAt), name])
        const text =
          rows.length === 0
            ? `There are no clients in ${config.databaseUrl}.`
            : table(['ID', 'CREATED (UTC)', 'NAME'], rows)
        return { json: { clients: list }, text }
      }),
    )

  client
    .command('delete')
    .description('delete a client: its secret is refused at its next request')
    .argument('<id>', 'its id, as client list shows it')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', DELETE_HELP)
    .action((id: string, { yes = false }: { readonly yes?: boolean }) =>
      answer(async ({ clients }) => {
        const { name } = await clients.get(id)
        if (!yes) await confirmDeletion(`the client ${name}`, `Delete the client ${name}?`)
        const deleted = await clients.delete(id)
        return { json: { client: present(deleted) }, text: `Deleted the client ${name}.` }
      }),
    )
}

const present = ({ id, name, createdAt }: RegisteredClient) => ({
  id,
  name,
  createdAt: new Date(createdAt).toISOString(),
})

const CREATE_HELP = `
The secret is kept only as a hash, and cannot be shown again. To replace it, create another client,
give its secret to the program, and delete the first client.
With --json: {"client": {"id", "name", "createdAt"}, "secret"}

Examples:
  tacit client create movies
  tacit client create "movies, staging" --json`

const LIST_HELP = `
With --json: {"clients": [{"id", "name", "createdAt"}]}

Example:
  tacit client list`

const DELETE_HELP = `
With --json: {"client": {"id", "name", "createdAt"}}

Examples:
  tacit client delete 019bc186-de00-738c-b587-e5f65ab95d6c
  tacit client delete 019bc186-de00-738c-b587-e5f65ab95d6c --yes`
