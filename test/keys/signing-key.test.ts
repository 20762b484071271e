import t, { type Test } from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { recordSigningKey } from '../../src/keys/signing-key.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, SECRET, type TestApp } from '../support/app.ts'
import { atTheSameTime } from '../support/at-the-same-time.ts'
import { temporaryDatabase } from '../support/database.ts'
import { matchesWhole } from '../support/lists.ts'

const NEWER = 'a-newer-secret-for-tests-only-9876543210-zyxwvu'

const rotations = ({ app }: Pick<TestApp, 'app'>) =>
  internalsOf(app).store.listEvents(10, { type: 'key-rotated' })

/** Starts the service on one database, with one setting after another. */
function restarting(t: Test) {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  let before: TestApp | undefined
  return async (SECRET_KEY: string): Promise<TestApp> => {
    await before?.app.close()
    before = await buildApp(t, { environment: { DATABASE_URL, SECRET_KEY } })
    return before
  }
}

t.test('records no change for the first key, nor for the same key again', async (t) => {
  const restart = restarting(t)
  t.same(await rotations(await restart(SECRET)), [])
  t.same(await rotations(await restart(SECRET)), [])
})

t.test('records one event for a new current key, with the kids of both', async (t) => {
  const restart = restarting(t)
  const before = await restart(SECRET)
  const old = internalsOf(before.app).keys.accessToken[0].kid
  t.same(await rotations(await restart(`${SECRET},${NEWER}`)), [], 'a key that only verifies is none yet')

  const after = await restart(`${NEWER},${SECRET}`)
  const { kid } = internalsOf(after.app).keys.accessToken[0]
  t.not(kid, old)
  const told = { at: after.clock.now(), userId: null, ip: null, reason: `${old} to ${kid}` }
  matchesWhole(t, await rotations(after), [told])
  t.equal(internalsOf(after.app).events.counts()['key-rotated'], 1)

  const again = await restart(NEWER)
  matchesWhole(t, await rotations(again), [told], 'once')
  t.equal(internalsOf(again.app).events.counts()['key-rotated'], undefined)
  t.notOk(
    JSON.stringify(await internalsOf(again.app).store.listEvents(10)).includes(NEWER),
    'and the secret is not in it',
  )
})

t.test('names the key that was taken up last, whatever the clock says', async (t) => {
  const store = createSqliteStore({ url: `file:${temporaryDatabase(t)}` })
  t.teardown(() => store.close())
  const event = (reason: string) => ({
    at: 0,
    type: 'key-rotated',
    userId: null,
    sessionId: null,
    actorId: null,
    ip: null,
    userAgent: null,
    reason,
    facts: null,
  })
  t.equal(await store.recordSigningKey('z', 3, event), null)
  t.match(await store.recordSigningKey('m', 2, event), { reason: 'z' })
  t.match(await store.recordSigningKey('a', 1, event), { reason: 'm' })
})

t.test('processes that start together record a new key once', async (t) => {
  const path = temporaryDatabase(t)
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  await store.recordSigningKey('old', 0, () => t.fail('the first is no event') as never)
  t.strictSame(await atTheSameTime(4, 'sign with a new key', path), Array(4).fill('signs'))
  matchesWhole(t, await store.listEvents(10), [{ type: 'key-rotated', reason: 'old to new' }])
})

t.test('two services in one process record a new key once', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const start = (SECRET_KEY: string) => buildApp(t, { environment: { DATABASE_URL, SECRET_KEY } })
  await start(SECRET)
  const [one, other] = await Promise.all([start(NEWER), start(NEWER)])
  t.equal((await rotations(one)).length, 1)
  t.same(await rotations(one), await rotations(other))
})

t.test('starts also when the database cannot be written', async (t) => {
  const store = createSqliteStore({ url: ':memory:' })
  await store.close()
  const logged: string[] = []
  const service = await buildApp(t)
  const log = { error: (_details: object, message: string) => void logged.push(message) }
  await recordSigningKey('kid', { store, clock: service.clock, events: internalsOf(service.app).events, log })
  t.strictSame(logged, ['the signing key could not be recorded'])
})
