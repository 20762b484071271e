import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { administrator, person } from '../support/administration.ts'
import { buildApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { ACCESS_TTL } from '../support/rotation.ts'

t.test(
  'a role that was taken away meanwhile does not come along with the refresh of another request',
  async (t) => {
    const path = temporaryDatabase(t)
    const service = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
    await administrator(service)
    const { id, jar } = await person(service, 'ada', 'admin')
    const users = { url: '/admin/users' }
    t.equal((await service.request(users, jar)).statusCode, 200)
    service.clock.advance(ACCESS_TTL)

    const elsewhere = new BetterSqlite(path)
    t.teardown(() => elsewhere.close())
    elsewhere.exec('BEGIN IMMEDIATE')
    // Waits for the lock, having read the role as it was.
    const early = service.request(users, jar.copy())
    await new Promise((resolve) => setTimeout(resolve, 20))
    const userId = Buffer.from(id.replaceAll('-', ''), 'hex')
    elsewhere.prepare(`UPDATE users SET role = 'user' WHERE id = ?`).run(userId)
    elsewhere
      .prepare('INSERT INTO session_changes (session_id, at) SELECT id, 0 FROM sessions WHERE user_id = ?')
      .run(userId)
    elsewhere.exec('COMMIT')
    const late = service.request(users, jar.copy())

    t.equal((await late).statusCode, 403)
    await early
  },
)
