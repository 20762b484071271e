import { internalsOf } from '../../src/wiring/internals.ts'
import type { TestApp } from './app.ts'

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
