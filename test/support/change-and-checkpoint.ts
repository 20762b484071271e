/**
 * A process that changes a database until the log is brought to its place, changes it once more,
 * and tells its parent how many changes there were.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'

const path = process.argv[2] as string
const store = createSqliteStore({ url: `file:${path}` })
const beside = new BetterSqlite(path, { readonly: true })

/** Tells without doing any of it. */
function isBroughtOver(): boolean {
  const [log] = beside.pragma('wal_checkpoint(NOOP)') as [{ log: number; checkpointed: number }]
  if (log.log < 0) throw new Error('there is no write-ahead log')
  return log.checkpointed > 0 && log.checkpointed === log.log
}

let changes = 0
async function change(): Promise<void> {
  changes += 1
  await store.countAttempt({
    key: Buffer.alloc(32, changes),
    follows: undefined,
    failures: 1,
    at: 0,
    forgetAt: 1,
  })
}

// The hundredth asks for a checkpoint: see upkeep.ts.
while (changes < 100) await change()
while (!isBroughtOver()) await sleep(5)
await change()
process.send?.(`${changes} changes`, () => process.exit())
