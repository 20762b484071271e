import { type Clients, createClients } from '../../src/clients/clients.ts'
import { systemClock } from '../../src/clock.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import type { Teardown, TestApp } from './app.ts'

export interface ClientCredentials {
  readonly id: string
  readonly secret: string
  readonly headers: { readonly authorization: string }
}

/** The header of HTTP Basic, encoded as RFC 6749 section 2.3.1 requires. */
export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
})

/** Registers a client of the service. */
export async function registerClient(
  { app }: Pick<TestApp, 'app'>,
  name = 'movies',
): Promise<ClientCredentials> {
  const { client, secret } = await internalsOf(app).clients.create(name)
  return { id: client.id, secret, headers: basic(client.id, secret) }
}

/** The clients of a database file that servers have open, as the command line sees them. */
export function clientsBeside(t: Teardown, path: string): Clients {
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  return createClients({ store, clock: systemClock, events: { record: async () => {} } })
}

/** Posts a form over the wire, as a client of OAuth does. */
export function postForm(
  port: number,
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`http://localhost:${port}${url}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(fields),
  })
}
