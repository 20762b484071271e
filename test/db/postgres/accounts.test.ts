import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createPostgresStore } from '../../../src/db/postgres/store.ts'
import { needsPostgres, onServer, temporaryPostgres } from '../../support/postgres.ts'
import { someUser } from '../../support/rows-by-hand.ts'

const HOUR_MS = 3_600_000

t.test('of two administrators who demote each other, the second is refused', needsPostgres, async (t) => {
  const url = await temporaryPostgres(t)
  const store = await createPostgresStore({ url, feedMaxLagMs: HOUR_MS, readEveryMs: HOUR_MS, listen: false })
  t.teardown(() => store.close())
  const [one, two] = [someUser({ role: 'admin' }), someUser({ role: 'admin' })]
  for (const user of [one, two]) await store.createUser(user)

  const changes = await onServer(url, async (client) => {
    // Both transactions have looked for another administrator before either may write.
    await client.query('BEGIN; LOCK TABLE users IN SHARE MODE')
    const both = [one, two].map(({ id }) => store.changeAccess(id, { role: 'user' }, 1, undefined))
    const waiting = 'SELECT FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()'
    while ((await client.query(waiting)).rowCount !== 2) await sleep(5)
    await client.query('COMMIT')
    return Promise.all(both)
  })
  t.strictSame(changes.map(({ kind }) => kind).sort(), ['changed', 'last-administrator'])
})
