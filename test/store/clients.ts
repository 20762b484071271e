import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { ClientRow } from '../../src/store/clients.ts'
import { countOf, type Implementation, twoStores } from './database.ts'

const someClient = (createdAt: number): ClientRow => ({
  id: uuidv7({ msecs: createdAt }),
  name: 'movies 🎬',
  secretHash: randomBytes(32),
  createdAt,
})

/** What the contract of registered clients promises. */
export function clientsConform(t: Test, implementation: Implementation): void {
  t.test('clients: come back whole, the oldest first, and another store deletes them', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const [second, first] = [someClient(2_000), someClient(1_000)]
    for (const client of [second, first]) await store.createClient(client)
    t.strictSame(await other.findClient(first.id), first)
    t.strictSame(await other.listClients(), [first, second])
    t.equal(await other.findClient(someClient(3_000).id), undefined)

    t.equal(await other.deleteClient(first.id), true)
    t.equal(await store.findClient(first.id), undefined)
    t.strictSame(await store.listClients(), [second])
    t.equal(await store.deleteClient(first.id), false)
  })

  t.test('clients: one of two deletions at once succeeds', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const client = someClient(1_000)
    await store.createClient(client)
    const results = await Promise.all([store.deleteClient(client.id), other.deleteClient(client.id)])
    t.equal(countOf(results, true), 1)
  })

  t.test('clients: refuse a second row of the same id', async (t) => {
    const { store } = await twoStores(t, implementation)
    const client = someClient(1_000)
    await store.createClient(client)
    await t.rejects(store.createClient({ ...client, name: 'another' }))
    t.strictSame(await store.listClients(), [client])
  })
}
