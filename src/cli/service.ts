/**
 * The core without HTTP, on the same settings and the same database as the service, which may be running.
 */

import type { Roles } from '../access/roles.ts'
import { type Accounts, createAccounts } from '../accounts/accounts.ts'
import { createEvents, type Events, type Log } from '../audit/events.ts'
import { createRefusalEvents } from '../audit/refusal-events.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Config, readConfig } from '../config/config.ts'
import { createHashWorker } from '../credentials/hash-worker.ts'
import { createPasswords } from '../credentials/passwords.ts'
import { openStore } from '../db/open-store.ts'
import { createEndings, type Endings } from '../sessions/endings.ts'
import type { Store } from '../store/store.ts'
import { loadEnvironmentFile } from './environment-file.ts'
import { sentenceOf, writeError } from './output.ts'

export interface Service {
  readonly config: Config
  readonly clock: Clock
  /** Commands read accounts and sessions by the services alone, which answer without secrets. */
  readonly store: Pick<Store, 'prune'>
  readonly accounts: Accounts
  readonly sessions: Endings
}

/** Opens the service's database for as long as the work takes. */
export async function withService<Result>(
  roles: Roles,
  work: (service: Service) => Promise<Result>,
): Promise<Result> {
  loadEnvironmentFile()
  const config = readConfig()
  const clock = systemClock
  refuseMemory(config.databaseUrl)
  const store = openStore(config.databaseUrl)
  const worker = createHashWorker()
  try {
    const events = fromCommandLine(createEvents({ store, clock, log }))
    const passwords = createPasswords({ worker, parameters: config.argon2 })
    const { passwordMinLength } = config
    const refusalEvents = createRefusalEvents({ events, clock })
    const accounts = createAccounts({
      store,
      clock,
      events,
      refusalEvents,
      roles,
      passwords,
      passwordMinLength,
      log,
    })
    return await work({
      config,
      clock,
      store,
      accounts,
      sessions: createEndings({ store, clock, events, roles }),
    })
  } finally {
    worker.close()
    await store.close()
  }
}

function refuseMemory(url: string): void {
  if (url === ':memory:') {
    throw new Error('DATABASE_URL is :memory:, which no other process sees: the command line needs a file')
  }
}

/** Events are in the audit table; a line of log would only get between a command and its answer. */
const log: Log = {
  info() {},
  error: ({ err }: { err?: unknown }, message) => writeError(`${message}: ${sentenceOf(err)}`),
}

/** Nobody is signed in and there is no address: the audit table tells where it came from by the reason. */
const fromCommandLine = (events: Events): Events => ({
  ...events,
  record: (type, details) =>
    events.record(type, {
      ...details,
      reason: details.reason === undefined ? 'command line' : `${details.reason}, command line`,
    }),
})
