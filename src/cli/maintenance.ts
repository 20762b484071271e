import type { Command } from 'commander'
import { shownUrl } from '../db/database-url.ts'
import { pruneAll } from '../db/prune.ts'
import { generateSecret } from '../keys/secrets.ts'
import type { Runner } from './runner.ts'
import { addSecretKey } from './secret-file.ts'

export function addMaintenanceCommands(program: Command, { answer, create, say }: Runner): void {
  program
    .command('secret')
    .description('make a strong secret for SECRET_KEY: print it, or add it to a file')
    .option('--write <file>', 'add it to this file, which only its owner can read afterwards')
    .addHelpText('after', SECRET_HELP)
    .action(({ write: file }: { write?: string }) => {
      const secret = generateSecret()
      if (file === undefined) return say({ json: { secret }, text: secret })
      addSecretKey(file, secret)
      return say({ json: { file }, text: `${file} has a SECRET_KEY now. Only its owner can read the file.` })
    })

  program
    .command('migrate')
    .description('create the database or bring its tables up to date, as every start of the service does')
    .addHelpText('after', '\nWith --json: {"database": "file:..."}\n\nExample:\n  tacit migrate')
    .action(() =>
      // Opening the database has created or changed the tables.
      create(async ({ config: { databaseUrl } }) => ({
        json: { database: shownUrl(databaseUrl) },
        text: `The tables in ${shownUrl(databaseUrl)} are up to date.`,
      })),
    )

  program
    .command('prune')
    .description('delete expired rows, as the service does every hour')
    .addHelpText('after', '\nWith --json: {"deleted": <how many rows>}\n\nExample:\n  tacit prune')
    .action(() =>
      answer(async ({ store, clock, config }) => {
        const deleted = await pruneAll(store, clock.now(), config)
        const many = deleted === 1 ? '1 row' : `${deleted} rows`
        const text = deleted === 0 ? 'There was nothing to delete.' : `Deleted ${many}.`
        return { json: { deleted }, text }
      }),
    )
}

const SECRET_HELP = `
Needs no settings and no database. With --json: {"secret": "..."}, or {"file": "..."} after --write

Example:
  tacit secret --write .env`
