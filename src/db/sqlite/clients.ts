import type { ClientStore } from '../../store/clients.ts'
import { asc, eq } from './drizzle.ts'
import type { SqliteConnection } from './open.ts'
import { placeholder } from './placeholder.ts'
import type { Synchronous } from './synchronous.ts'
import { clients } from './tables.ts'

export function createSqliteClients({ db }: SqliteConnection): Synchronous<ClientStore> {
  const byId = eq(clients.id, placeholder(clients.id, 'id'))
  const find = db.select().from(clients).where(byId).prepare()
  const remove = db.delete(clients).where(byId).prepare()

  return {
    createClient: (client) => void db.insert(clients).values(client).run(),
    findClient: (id) => find.get({ id }),
    // A UUIDv7 begins with the time.
    listClients: () => db.select().from(clients).orderBy(asc(clients.id)).all(),
    deleteClient: (id) => remove.run({ id }).changes === 1,
  }
}
