/**
 * Registered clients: programs such as another service, which authenticate with a secret.
 *
 * Threat: an attacker guesses a secret, reads it from the database or a log, or learns which ids
 * exist. A deleted client goes on.
 * Guarantee: a secret has 256 random bits, is shown once, and is kept as its SHA-256. Secrets are
 * compared in constant time. An unknown id and a wrong secret get the same answer. The row is read
 * at every authentication, so a deletion takes effect at the next request of every process.
 * Limits: ids are not secret, and the time of a look-up may tell whether an id exists. A secret has
 * no expiry: create a second client, change the program, and delete the first one.
 * Source: RFC 6749 section 2.3.1, OWASP ASVS 5.0 V11.4.
 *
 * Why SHA-256 is right: an attacker cannot try 2^256 secrets, however fast the hash is. argon2id
 * protects passwords, which people choose from far fewer. Here it would cost each request 20 ms and
 * 19 MiB, which any caller could make the service spend.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'
import type { Events } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'
import type { BasicCredentials } from '../http/basic-credentials.ts'
import type { ClientRow, ClientStore } from '../store/clients.ts'

/** A client without its secret. Frozen: a handler may log it. */
export interface RegisteredClient {
  /** UUIDv7. */
  readonly id: string
  readonly name: string
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
}

export interface NewClient {
  readonly client: RegisteredClient
  /** Shown once: only its hash is kept. */
  readonly secret: string
}

export interface Clients {
  /** Registers a client. Rejects with INVALID_REQUEST if the name cannot be used. */
  create(name: string): Promise<NewClient>
  /** Returns the client with this id and secret; null for an unknown id or a wrong secret. */
  authenticate(credentials: BasicCredentials): Promise<RegisteredClient | null>
  /** Returns the client with this id. Reads the row. Rejects with NOT_FOUND. */
  get(id: string): Promise<RegisteredClient>
  /** Returns every client, the oldest first. */
  list(): Promise<RegisteredClient[]>
  /** Deletes a client. Rejects with NOT_FOUND. */
  delete(id: string): Promise<RegisteredClient>
}

export interface ClientsOptions {
  readonly store: ClientStore
  readonly clock: Clock
  readonly events: Pick<Events, 'record'>
}

/** Programs that look for leaked secrets know the prefix. */
const SECRET_PREFIX = 'tacit_cs_'
const SECRET_BYTES = 32
export const MAX_CLIENT_NAME_LENGTH = 100

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const CONTROL_CHARACTER = /\p{Cc}/u

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

/** Compared with if the id is unknown. No known text has this hash. */
const NO_HASH = Buffer.alloc(32)

export function createClients({ store, clock, events }: ClientsOptions): Clients {
  async function find(id: string): Promise<ClientRow | undefined> {
    return UUID.test(id) ? store.findClient(id) : undefined
  }

  return {
    async create(name) {
      const now = clock.now()
      const secret = SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64url')
      const row = {
        id: uuidv7({ msecs: now }),
        name: usable(name),
        secretHash: hashOf(secret),
        createdAt: now,
      }
      await store.createClient(row)
      await events.record('client-created', { reason: labelOf(row) })
      return { client: present(row), secret }
    },

    async authenticate({ id, secret }) {
      const row = await find(id)
      const isRight = timingSafeEqual(hashOf(secret), row?.secretHash ?? NO_HASH)
      return row !== undefined && isRight ? present(row) : null
    },

    async get(id) {
      const row = await find(id)
      if (row === undefined) throw unknown(id)
      return present(row)
    },

    list: async () => (await store.listClients()).map(present),

    async delete(id) {
      const row = await find(id)
      // Of two deletions at once, one finds nothing left to delete.
      if (row === undefined || !(await store.deleteClient(id))) throw unknown(id)
      await events.record('client-deleted', { reason: labelOf(row) })
      return present(row)
    },
  }
}

const unknown = (id: string): AuthError =>
  new AuthError('NOT_FOUND', { message: `There is no client with the id ${id}` })

/** The client in an event. */
export const labelOf = ({ id, name }: Pick<RegisteredClient, 'id' | 'name'>): string => `${id} ${name}`

const present = ({ id, name, createdAt }: ClientRow): RegisteredClient =>
  Object.freeze({ id, name, createdAt })

function usable(name: string): string {
  const trimmed = name.trim()
  if (trimmed !== '' && trimmed.length <= MAX_CLIENT_NAME_LENGTH && !CONTROL_CHARACTER.test(trimmed))
    return trimmed
  throw new AuthError('INVALID_REQUEST', {
    message: `The name of a client must have 1 to ${MAX_CLIENT_NAME_LENGTH} characters, without control characters`,
  })
}
