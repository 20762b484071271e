import pg from 'pg'
import t, { type Test } from 'tap'
import { createPostgresStore, type PostgresStore } from '../../src/db/postgres/store.ts'
import { needsPostgres, onServer, temporaryPostgres } from '../support/postgres.ts'
import { addressChangesConform } from './address-changes.ts'
import { changesConform } from './changes.ts'
import { clientsConform } from './clients.ts'
import { countsAndEventsConform } from './counts-and-events.ts'
import type { Implementation, OpenOptions } from './database.ts'
import { keysConform } from './keys.ts'
import { oneTimeTokensConform } from './one-time-tokens.ts'
import { outboxConforms } from './outbox.ts'
import { registrationsConform } from './registrations.ts'
import { sessionsConform } from './sessions.ts'
import { usersConform } from './users.ts'

/** The tests read the feed themselves, so that a store misses what they want it to miss. */
const HOUR_MS = 3_600_000
const OPTIONS = { feedMaxLagMs: HOUR_MS, readEveryMs: HOUR_MS, listen: false, maxConnections: 4 }

const openAt = (url: string, hears = false) =>
  createPostgresStore({ url, ...OPTIONS, ...(hears && { listen: true }) })

/** A second database of one test. */
function another(t: Test) {
  const created = temporaryPostgres(t)
  return {
    async open() {
      const store = await openAt(await created)
      t.teardown(() => store.close())
      return store
    },
  }
}

const EMPTY = `DO $$ BEGIN EXECUTE coalesce((
  SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
  FROM pg_tables WHERE schemaname = 'public' AND tablename <> '__drizzle_migrations'
), 'SELECT 1'); END $$`

t.test('PostgreSQL', needsPostgres, async (t) => {
  // Creating a database and connecting to it take longer than most tests.
  const url = await temporaryPostgres(t)
  const idle: PostgresStore[] = []
  t.teardown(() => Promise.all(idle.map((store) => store.close())))

  async function open(t: Test, { hears = false }: OpenOptions): Promise<PostgresStore> {
    const store = (hears ? undefined : idle.pop()) ?? (await openAt(url, hears))
    t.teardown(async () => {
      const isOpen = await store.ping().then(
        () => true,
        () => false,
      )
      if (isOpen && !hears) idle.push(store)
      else await store.close()
    })
    // A store that was used before has lost its place.
    await store.readChanges()
    store.changedSessions()
    return store
  }

  /** Whether a test uses the common database. */
  let isInUse = false

  const postgres: Implementation = {
    name: 'postgres',
    create(t) {
      if (isInUse) return another(t)
      isInUse = true
      t.teardown(() => {
        isInUse = false
      })
      const emptied = onServer(url, (client) => client.query(EMPTY))
      return {
        async open(options = {}) {
          await emptied
          return open(t, options)
        },
      }
    },
    heard: (store) => (store as PostgresStore).readChanges(),
    async addChange(sid) {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query('BEGIN')
      const values = [Buffer.from(sid, 'base64url')]
      await client.query('INSERT INTO session_changes (session_id, at, mark) VALUES ($1, 0, 1)', values)
      const end = async (how: string) => {
        await client.query(how)
        await client.end()
      }
      return { commit: () => end('COMMIT'), undo: () => end('ROLLBACK') }
    },
  }

  for (const conform of [
    usersConform,
    sessionsConform,
    countsAndEventsConform,
    changesConform,
    keysConform,
    clientsConform,
    outboxConforms,
    oneTimeTokensConform,
    registrationsConform,
    addressChangesConform,
  ])
    conform(t, postgres)
})
