import type { ClientStore } from '../../store/clients.ts'
import { asc, db, eq, getTableColumns } from './drizzle.ts'
import { placeholder, prepare } from './statements.ts'
import { clients } from './tables.ts'
import type { Executor } from './transactions.ts'

const columns = getTableColumns(clients)
const byId = eq(clients.id, placeholder(clients.id, 'id'))
const find = prepare(db.select().from(clients).where(byId), columns)
const remove = prepare(db.delete(clients).where(byId), {})
// A UUIDv7 begins with the time.
const list = prepare(db.select().from(clients).orderBy(asc(clients.id)), columns)

export function createPostgresClients(executor: Executor): ClientStore {
  return {
    createClient: async (client) => void (await executor.run(prepare(db.insert(clients).values(client), {}))),
    findClient: (id) => executor.get(find, { id }),
    listClients: () => executor.all(list),
    deleteClient: async (id) => (await executor.run(remove, { id })) === 1,
  }
}
