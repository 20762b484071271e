/**
 * The core without HTTP. It has the settings and the database of the service, which may be running.
 */
import { existsSync } from 'node:fs'

import type { Roles } from '../access/roles.ts'
import { type Accounts, createAccounts } from '../accounts/accounts.ts'
import { createInvitations, type Invitations } from '../accounts/invitation.ts'
import { createEvents, type EventDetails, type Events, type Log } from '../audit/events.ts'
import { createRefusalEvents } from '../audit/refusal-events.ts'
import { type Clients, createClients } from '../clients/clients.ts'
import { type Clock, systemClock } from '../clock.ts'
import { type Config, readConfig } from '../config/config.ts'
import { misspeltSettings } from '../config/misspelt-settings.ts'
import { createHashWorker } from '../credentials/hash-worker.ts'
import { createPasswords } from '../credentials/passwords.ts'
import { databaseFile } from '../db/database-url.ts'
import { openStore } from '../db/open-store.ts'
import { createKeyPairs, type KeyPairs, type KeyPairsOptions } from '../keys/key-pairs.ts'
import { deriveKeys, type Keys, secretsOf } from '../keys/secrets.ts'
import { type Composer, createComposer } from '../mail/composer.ts'
import { createMailNotices } from '../mail/notices.ts'
import { createEndings, type Endings } from '../sessions/endings.ts'
import type { Store } from '../store/store.ts'
import { loadEnvironmentFile } from './environment-file.ts'
import { sentenceOf, writeError } from './output.ts'

export interface Service {
  readonly config: Config
  readonly clock: Clock
  /** Commands read accounts and sessions only through the services, whose answers have no secrets. */
  readonly store: Pick<Store, 'prune' | 'listMail' | 'countMail' | 'retryMail'>
  readonly accounts: Accounts
  readonly sessions: Endings
  readonly clients: Clients
  readonly invitations: Invitations
  /** Reads the key pairs. In development, it may create the secret. */
  openKeyPairs(): Promise<KeyPairs>
}

export interface ServiceOptions {
  readonly roles: Roles
  /** Whether the database is created if it does not exist. */
  readonly mayCreate: boolean
}

/** Opens the service's database for as long as the work takes. */
export async function withService<Result>(
  { roles, mayCreate }: ServiceOptions,
  work: (service: Service) => Promise<Result>,
): Promise<Result> {
  loadEnvironmentFile()
  for (const warning of misspeltSettings()) writeError(warning)
  const config = readConfig()
  const clock = systemClock
  refuseMemory(config.databaseUrl)
  if (!mayCreate) refuseMissing(config.databaseUrl)
  const store = await openStore(config)
  const worker = createHashWorker()
  try {
    const events = fromCommandLine(createEvents({ store, clock, log }))
    const passwords = createPasswords({ worker, parameters: config.argon2 })
    const { passwordMinLength } = config
    const refusalEvents = createRefusalEvents({ events, clock })
    const composer = composerOf(config, clock)
    const accounts = createAccounts({
      store,
      clock,
      events,
      refusalEvents,
      roles,
      passwords,
      passwordMinLength,
      // A command begins no session.
      mustBeConfirmed: false,
      log,
      notices: createMailNotices(composer, clock),
    })
    return await work({
      config,
      clock,
      store,
      accounts,
      sessions: createEndings({ store, clock, events, roles }),
      clients: createClients({ store, clock, events }),
      invitations: createInvitations({ store, clock, events, roles, composer }),
      openKeyPairs: () => keyPairsOf(config, { store, clock, events, log }),
    })
  } finally {
    worker.close()
    await store.close()
  }
}

/** The command line writes mail. The service sends it. */
const composerOf = (config: Config, clock: Clock): Composer | null =>
  config.mail && createComposer({ keys: keysOf(config).mail, clock })

const keysOf = (config: Config): Keys => deriveKeys(secretsOf(config))

async function keyPairsOf(
  config: Config,
  deps: Pick<KeyPairsOptions, 'store' | 'clock' | 'events' | 'log'>,
): Promise<KeyPairs> {
  const keyPairs = createKeyPairs({
    ...deps,
    sealingKeys: keysOf(config).keyPairs,
    algorithm: config.accessTokenAlgorithm,
    keyRotationSeconds: config.keyRotationSeconds,
    accessTtlSeconds: config.accessTtlSeconds,
  })
  await keyPairs.read()
  return keyPairs
}

function refuseMemory(url: string): void {
  if (url === ':memory:') {
    throw new Error('DATABASE_URL is :memory:, which no other process sees: the command line needs a file')
  }
}

function refuseMissing(url: string): void {
  const file = databaseFile(url)
  if (file === undefined || existsSync(file)) return
  throw new Error(
    `There is no database ${url}. Run the command in the folder of the service, or set DATABASE_URL. The first start of the service creates the database, as does \`tacit migrate\``,
  )
}

/** Events are in the audit table. Log lines of them would only stand between a command and its answer. */
const log: Log = {
  info() {},
  error: ({ err }: { err?: unknown }, message) => writeError(`${message}: ${sentenceOf(err)}`),
}

/** A command has no actor and no address. The reason of its event says where the event came from. */
const fromCommandLine = (events: Events): Events => ({
  ...events,
  rowOf: (type, details) => events.rowOf(type, fromHere(details)),
  record: (type, details) => events.record(type, fromHere(details)),
})

const fromHere = (details: EventDetails): EventDetails => ({
  ...details,
  reason: details.reason === undefined ? 'command line' : `${details.reason}, command line`,
})
