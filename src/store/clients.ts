/**
 * The contract of registered clients: programs that call the service with a secret of their own.
 * Times are milliseconds since the Unix epoch.
 */

/** A row of a client. */
export interface ClientRow {
  /** UUIDv7. It is not a secret. */
  readonly id: string
  /** For people. Two clients may have the same name. */
  readonly name: string
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Buffer
  readonly createdAt: number
}

/** The registered clients. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface ClientStore {
  /** Adds a client. */
  createClient(client: ClientRow): Promise<void>
  /** Returns the client with this id, which must be a UUID. */
  findClient(id: string): Promise<ClientRow | undefined>
  /** Returns every client, the oldest first. */
  listClients(): Promise<ClientRow[]>
  /** Deletes a client. Returns false if there is none with this id. */
  deleteClient(id: string): Promise<boolean>
}
