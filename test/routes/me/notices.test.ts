import { setImmediate as nextTurn } from 'node:timers/promises'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import type { NoticeView } from '../../../src/schemas/notice.ts'
import type { AuthEvent } from '../../../src/store/events.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestApp } from '../../support/app.ts'
import type { Jar } from '../../support/jar.ts'
import {
  DAY,
  GRACE,
  HOUR,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { claimOf, rowOf } from '../../support/rows.ts'

const THIEF = { remoteAddress: '198.51.100.23', headers: { 'user-agent': 'curl/8.5.0' } }

async function noticesOf(service: TestApp, jar: Jar): Promise<NoticeView[]> {
  return (await service.request({ url: '/me/sessions' }, jar)).json().notices
}

/** Shows an old refresh token after its window, from another client. */
async function reuse(service: TestApp, browser: Jar): Promise<void> {
  const copied = browser.copy().delete('access')
  await proveReceipt(service, await refreshAndLose(service, browser))
  service.clock.advance(GRACE)
  const request: InjectOptions = { ...ME, ...THIEF }
  const { code } = (await service.request(request, copied)).json()
  if (code !== 'REFRESH_REUSED') throw new Error(`not a reuse: ${code}`)
}

t.test(
  'tells the owner that a session ended because an old token was shown, and by which clients',
  async (t) => {
    const service = await buildApp(t)
    const browser = await signUp(service)
    const phone = await signIn(service)
    const { sid } = claimOf(service, browser)
    const { seed } = await rowOf(service, browser)
    await reuse(service, browser)

    const body = (await service.request({ url: '/me/sessions' }, phone)).body
    t.strictSame(JSON.parse(body).notices, [
      {
        type: 'refresh-reused',
        at: new Date(service.clock.now()).toISOString(),
        sessionId: sid,
        presentedBy: { ip: '198.51.100.23', userAgent: 'curl/8.5.0' },
        rotatedBy: { ip: '127.0.0.1', userAgent: 'lightMyRequest' },
      },
    ])
    const mac = (browser.get('refresh') as string).slice(-20)
    for (const part of [mac, seed.toString('base64url'), seed.toString('hex')]) {
      t.notMatch(body, part, 'no token and no part of its key')
    }
  },
)

t.test('tells the owner that a client fell back to an older token', async (t) => {
  const service = await buildApp(t)
  const older = await signUp(service)
  const newer = await refreshAndLose(service, older)
  await service.request(ME, newer)
  while ((await rowOf(service, newer)).usedAt === null) await nextTurn()
  service.clock.advance(SETTLE)
  t.equal((await service.request({ ...REFRESH, ...THIEF }, older)).statusCode, 204)

  t.match(await noticesOf(service, newer), [
    {
      type: 'session-fell-back',
      sessionId: claimOf(service, newer).sid,
      presentedBy: { ip: '198.51.100.23', userAgent: 'curl/8.5.0' },
      rotatedBy: null,
    },
  ])
})

t.test('tells the owner nothing of other types and nothing of other accounts', async (t) => {
  const service = await buildApp(t)
  const bo = await signUp(service, 'bo@example.com')
  await signIn(service, 'bo@example.com', { jar: bo })
  const ada = await signUp(service)
  await reuse(service, ada)
  t.equal((await internalsOf(service.app).store.listEvents(100, { type: 'refresh-reused' })).length, 1)
  t.strictSame(await noticesOf(service, bo), [])
})

t.test('tells the ten newest events within their retention, and reads rows without facts', async (t) => {
  const service = await buildApp(t, { environment: { EVENTS_TTL: '1h' } })
  const browser = await signUp(service)
  const { userId } = await rowOf(service, browser)
  const event: AuthEvent = {
    at: service.clock.now(),
    type: 'session-forwarded',
    userId,
    sessionId: 'A'.repeat(22),
    actorId: null,
    ip: '192.0.2.1',
    userAgent: 'A browser',
    reason: null,
    facts: null,
  }
  for (let second = 0; second < 12; second += 1) {
    await internalsOf(service.app).store.addEvent({ ...event, at: event.at + second * 1_000 })
  }
  service.clock.advance(11)
  const seconds = async () =>
    (await noticesOf(service, browser)).map(({ at }) => (Date.parse(at) - event.at) / 1_000)
  t.strictSame(await seconds(), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
  t.match((await noticesOf(service, browser))[0], { type: 'session-forwarded', rotatedBy: null })

  service.clock.advance(HOUR - 2)
  t.strictSame(await seconds(), [11, 10, 9], 'an event that is too old is not shown before it is deleted')
  service.clock.advance(DAY / 2)
  t.strictSame(await seconds(), [])
})
