import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  GRACE,
  HOUR,
  jarOf,
  ME,
  proveReceipt,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { claimsOf } from '../../support/tokens.ts'

/**
 * Two processes on one database. The first has issued the newest token and has cached its row. Then
 * the other process changes the session, and the token comes back to the first.
 */
async function hereAndThere(t: Test) {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const here = await buildApp(t, { environment })
  const there = await buildApp(t, { environment, clock: here.clock })
  const jar = await signUp(here)
  here.clock.advance(ACCESS_TTL)
  return { here, there, jar, comesBack: () => here.request(ME, jar.copy().delete('access')) }
}

const generationOf = async (service: TestApp, jar: Awaited<ReturnType<typeof signUp>>) =>
  (await rowOf(service, jar)).generation

t.test('reissues the same token when another process rotated and its answer was lost', async (t) => {
  const { here, there, jar, comesBack } = await hereAndThere(t)
  const lost = await refreshAndLose(there, jar)
  const response = await comesBack()
  t.equal(response.statusCode, 200)
  t.equal(jarOf(response).get('refresh'), lost.get('refresh'))
  t.equal(await generationOf(here, jar), 2)
})

t.test('detects an old token when another process rotated and the client used the new one', async (t) => {
  const { here, there, jar, comesBack } = await hereAndThere(t)
  const kept = await refreshAndLose(there, jar)
  await proveReceipt(there, kept)
  here.clock.advance(GRACE)
  const response = await comesBack()
  t.match(response.json(), { code: 'REFRESH_REUSED' })
  clearsCookies(t, response)
  t.equal((await rowOf(here, jar)).revokedReason, 'reuse')
})

t.test('keeps the token when another process reissued it, though the cached entry has settled', async (t) => {
  const { here, there, jar } = await hereAndThere(t)
  const newest = await refreshAndLose(here, jar)
  here.clock.advance(SETTLE)
  t.equal((await there.request(ME, jar.copy().delete('access'))).statusCode, 200)
  const row = await rowOf(here, jar)
  const response = await here.request(ME, newest.delete('access'))
  t.equal(response.statusCode, 200)
  t.equal(jarOf(response).get('refresh'), undefined, 'the client has it')
  t.strictSame(await rowOf(here, jar), row)
})

t.test(
  'the session goes on when another process used it for so long that the cached entry expired',
  async (t) => {
    const { here, there, jar, comesBack } = await hereAndThere(t)
    here.clock.advance(23 * HOUR)
    const lost = await refreshAndLose(there, jar)
    here.clock.advance(2 * HOUR)
    const response = await comesBack()
    t.equal(response.statusCode, 200)
    t.equal(jarOf(response).get('refresh'), lost.get('refresh'))
  },
)

t.test('refuses a session that another process ended', async (t) => {
  const { there, jar, comesBack } = await hereAndThere(t)
  await internalsOf(there.app).sessions.end(await rowOf(there, jar), 'ended-by-administrator')
  const response = await comesBack()
  t.match(response.json(), { statusCode: 401, code: 'SESSION_ENDED' })
  clearsCookies(t, response)
})

t.test('a new token carries the role that another process changed', async (t) => {
  const { here, there, jar, comesBack } = await hereAndThere(t)
  const { userId } = await rowOf(there, jar)
  await internalsOf(there.app).store.changeAccess(userId, { role: 'admin' }, here.clock.now())
  const response = await comesBack()
  t.equal(response.json().user.role, 'admin')
  t.match(claimsOf(jarOf(response).get('access') as string), { role: 'admin', gen: 2 })
})

t.test('refuses a session that another process deleted without a change record', async (t) => {
  const { here, there, jar, comesBack } = await hereAndThere(t)
  const { expiresAt } = await rowOf(there, jar)
  const none = {
    throttlesBefore: 0,
    eventsBefore: 0,
    mailBefore: 0,
    oneTimeTokensBefore: 0,
    changesBefore: 0,
  }
  await internalsOf(there.app).store.prune({ ...none, sessionsBefore: expiresAt + 1, rows: 1 })
  await t.rejects(rowOf(here, jar))
  const response = await comesBack()
  t.match(response.json(), { statusCode: 401, code: 'SESSION_ENDED' })
  clearsCookies(t, response)
})
