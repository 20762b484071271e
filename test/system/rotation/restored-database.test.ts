import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, SECRET, signUp, type TestApp } from '../../support/app.ts'
import { matchesWhole } from '../../support/lists.ts'
import {
  ACCESS_TTL,
  HOUR,
  keepsCookies,
  ME,
  REFRESH,
  refreshAndLose,
  refreshTokenOf,
} from '../../support/rotation.ts'
import { claimOf, rowOf } from '../../support/rows.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const NEWER = 'a-newer-secret-for-tests-only-9876543210-zyxwvu'

t.test('21: secret rotated between issue and reissue: signed in', async (t) => {
  async function rotatedSecret(t: Test) {
    const DATABASE_URL = `file:${join(temporaryDirectory(t), 'tacit.db')}`
    const before = await buildApp(t, { environment: { DATABASE_URL, SECRET_KEY: SECRET } })
    const jar = await signUp(before)
    const received = await refreshAndLose(before, jar)
    await before.app.close()
    const restart = (SECRET_KEY: string) =>
      buildApp(t, { environment: { DATABASE_URL, SECRET_KEY }, clock: before.clock })
    const service = await restart(`${NEWER},${SECRET}`)
    return { service, jar, received, restart }
  }

  t.test('accepts the previous refresh token after the secret was rotated', async (t) => {
    const { service, jar, received } = await rotatedSecret(t)
    service.clock.advance(HOUR)
    t.equal((await service.request(ME, jar)).statusCode, 200)

    t.not(jar.get('refresh'), received.get('refresh'), 'signed anew')
    const [mine, lost] = [claimOf(service, jar), claimOf(service, received)]
    t.strictSame([mine.sid, mine.generation], [lost.sid, lost.generation], 'and yet the same token')
    t.equal((await rowOf(service, jar)).generation, 2)

    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, received)).statusCode, 200, 'in either spelling')
    t.equal((await service.request(ME, jar)).statusCode, 200)
    t.equal(jar.get('refresh'), received.get('refresh'))
    t.equal((await rowOf(service, jar)).generation, 3)
  })

  t.test('accepts the current refresh token after the secret was rotated', async (t) => {
    const { service, received } = await rotatedSecret(t)
    service.clock.advance(HOUR)
    t.equal((await service.request(ME, received)).statusCode, 200)
    t.equal((await rowOf(service, received)).generation, 3)
  })

  t.test('accepts the access token after the secret was rotated', async (t) => {
    const { service, received } = await rotatedSecret(t)
    const response = await service.request(ME, received)
    t.equal(response.statusCode, 200)
    keepsCookies(t, response)
  })

  t.test('refuses tokens of the old secret once it is removed, and accepts the new ones', async (t) => {
    const { service, jar, received, restart } = await rotatedSecret(t)
    await service.request(REFRESH, jar)
    await service.app.close()
    const next = await restart(NEWER)
    const row = await rowOf(next, jar)

    const refused = await next.request(ME, received)
    t.match(refused.json(), { statusCode: 401, code: 'TOKEN_INVALID' })
    keepsCookies(t, refused)
    t.strictSame(await rowOf(next, jar), row)
    t.equal((await next.request(REFRESH, jar)).statusCode, 204)
  })
})

t.test('22: database restored to two generations earlier: adopted, signed in, recorded', async (t) => {
  /**
   * A service on a copy of the database from two generations ago. The browser has gone on since.
   */
  async function restored(t: Test) {
    const directory = temporaryDirectory(t)
    const [path, backup] = [join(directory, 'tacit.db'), join(directory, 'backup.db')]
    const before = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
    const jar = await signUp(before)
    const operator = new BetterSqlite(path, { readonly: true })
    operator.prepare('VACUUM INTO ?').run(backup)
    operator.close()
    const second = await refreshAndLose(before, jar)
    const third = await refreshAndLose(before, second)
    await before.app.close()

    const service = await buildApp(t, {
      environment: { DATABASE_URL: `file:${backup}` },
      clock: before.clock,
    })
    t.equal((await rowOf(service, third)).generation, 1)
    return { service, first: jar, second, third }
  }

  async function isAt(t: Test, service: TestApp, jar: Parameters<typeof rowOf>[1], generation: number) {
    t.match(await rowOf(service, jar), { generation, confirmedAt: null, revokedAt: null })
    t.equal(claimOf(service, jar).generation, generation)
  }

  t.test('adopts the generation of the refresh token', async (t) => {
    const { service, third } = await restored(t)
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, third)).statusCode, 200)
    await isAt(t, service, third, 3)
    const { id: sessionId, userId } = await rowOf(service, third)
    const facts = { presented: 3, current: 1 }
    matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
      { type: 'session-forwarded', userId, sessionId, facts },
    ])

    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, third)).statusCode, 200, 'and so on')
    await isAt(t, service, third, 4)
    matchesWhole(
      t,
      await internalsOf(service.app).store.listEvents(1),
      [{ type: 'session-forwarded' }],
      'recorded once',
    )
  })

  t.test('accepts the access token, which proves no receipt of a generation in the database', async (t) => {
    const { service, third } = await restored(t)
    const row = await rowOf(service, third)
    service.clock.advance(ACCESS_TTL - 1)
    const response = await service.request(ME, third)
    t.equal(response.statusCode, 200)
    keepsCookies(t, response)
    t.strictSame(await rowOf(service, third), row)
  })

  t.test('adopts the generation once for ten requests at once', async (t) => {
    const { service, third } = await restored(t)
    service.clock.advance(ACCESS_TTL)
    const answers = await Promise.all(Array.from({ length: 10 }, () => service.request(ME, third.copy())))
    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      Array(10).fill(200),
    )
    t.equal(new Set(answers.map(refreshTokenOf)).size, 1)
    t.equal((await rowOf(service, third)).generation, 3)
    const told = await internalsOf(service.app).store.listEvents(10, { type: 'session-forwarded' })
    t.equal(told.length, 1)
  })

  t.test('adopts the token before when the newest was never received', async (t) => {
    const { service, second } = await restored(t)
    t.equal((await service.request(REFRESH, second)).statusCode, 204)
    await isAt(t, service, second, 2)
  })

  t.test('treats an older token as reuse again once the newest has been shown', async (t) => {
    const { service, first, third } = await restored(t)
    t.equal((await service.request(REFRESH, third)).statusCode, 204)
    t.match((await service.request(REFRESH, first)).json(), { statusCode: 401, code: 'REFRESH_REUSED' })
  })

  t.test('adopts the generation when the database is restored under a running service', async (t) => {
    const path = join(temporaryDirectory(t), 'tacit.db')
    const service = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
    const operator = new BetterSqlite(path)
    t.teardown(() => operator.close())
    const first = await signUp(service)
    const third = await refreshAndLose(service, await refreshAndLose(service, first))
    operator.prepare('UPDATE sessions SET generation = 1').run()

    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, third)).statusCode, 200)
    await isAt(t, service, third, 3)
  })
})
