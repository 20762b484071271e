import type { Command } from 'commander'
import { readConfig } from '../config/config.ts'
import { isOnServer, shownUrl } from '../db/database-url.ts'
import type { MoveResult } from '../db/move/move.ts'
import { loadEnvironmentFile } from './environment-file.ts'
import { createMoveProgress } from './move-progress.ts'
import { type Answer, table } from './output.ts'
import type { Runner } from './runner.ts'
import { readStandardInput } from './standard-input.ts'

interface MoveCommandOptions {
  readonly from: string
  readonly to?: string
  readonly dryRun: boolean
}

export function addMoveCommand(program: Command, { say }: Runner): void {
  program
    .command('move')
    .description('move every account and session from a SQLite file to an empty PostgreSQL database')
    .requiredOption('--from <url>', 'the database of the service until now: file: and a path')
    .option('--to <url>', 'the new database: postgres://..., or - for standard input (default: DATABASE_URL)')
    .option('--dry-run', 'look at both databases, and change nothing', false)
    .addHelpText('after', HELP)
    .action(async ({ from, to: given, dryRun: isDryRun }: MoveCommandOptions) => {
      loadEnvironmentFile()
      const to = await targetOf(given)
      if (!isOnServer(to))
        throw new Error(
          'The target must be a PostgreSQL database. Set DATABASE_URL or --to, such as postgres://tacit@db.example.com/tacit',
        )
      // Both drivers are loaded for this command alone.
      const { move } = await import('../db/move/move.ts')
      const onProgress = createMoveProgress()
      const result = await move({ from, to, now: Date.now(), isDryRun, onProgress })
      await say(answerOf(result, { from, to: shownUrl(to), isDryRun }))
    })
}

async function targetOf(given: string | undefined): Promise<string> {
  if (given === undefined) return readConfig().databaseUrl
  return given === '-' ? readStandardInput(TARGET) : given
}

const TARGET = {
  name: 'URL',
  onTerminal: '--to - takes a pipe or a file: leave --to out, and set DATABASE_URL',
}

function answerOf(
  { tables, began }: MoveResult,
  { from, to, isDryRun }: { readonly from: string; readonly to: string; readonly isDryRun: boolean },
): Answer {
  const rows = tables.map(({ name, rows: count, checksum }) => [name, String(count), checksum ?? '-'])
  const text = [
    table(['TABLE', 'ROWS', 'CHECKSUM'], rows),
    '',
    ...(isDryRun ? dryRunText(began, from, to) : movedText(from, to)),
  ]
  return { json: { from, to, dryRun: isDryRun, began, tables }, text: text.join('\n') }
}

const dryRunText = (began: MoveResult['began'], from: string, to: string): readonly string[] => [
  began === 'new'
    ? `${from} can be moved to ${to}, which is empty. Nothing was changed.`
    : `${to} holds an unfinished copy of ${from}, which the move completes. Nothing was changed.`,
]

const movedText = (from: string, to: string): readonly string[] => [
  `Every row of ${from} is in ${to}. Both have the same checksums.`,
  `Set DATABASE_URL to it, keep SECRET_KEY, and start the service. No start opens ${from} again.`,
]

const HELP = `
Stop the service first. The move has the file for itself, and refuses it while another process uses
it. Nothing starts on the target before the copy is complete and has been compared with the source.
An interrupted move is completed by the same command. The source keeps its rows and is marked: no
process opens it afterwards. Progress is on standard error.

Other accounts of the machine can read arguments. If the URL has a password, pipe it in with --to -,
or leave --to out and set DATABASE_URL. PGPASSWORD is a password for a URL without one.

With --json: {"from", "to", "dryRun", "began": "new", "resumed" or "again",
"tables": [{"name", "rows", "checksum"}]}. An interrupted move begins again if a service has changed
the source meanwhile. The exit status is 1 if the move is refused or fails.

Examples:
  tacit move --from file:./data/tacit.db --to postgres://tacit@db.example.com/tacit --dry-run
  tacit move --from file:./data/tacit.db --to - < url.txt
  tacit move --from file:./data/tacit.db`
