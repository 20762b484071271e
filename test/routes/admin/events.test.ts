import t from 'tap'
import { pruneAll } from '../../../src/db/prune.ts'
import type { EventView } from '../../../src/schemas/event.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../../support/administration.ts'
import { buildApp, PASSWORD, signIn, type TestApp } from '../../support/app.ts'
import { matchesWhole } from '../../support/lists.ts'
import { isRefusal, malformed } from '../../support/refusals.ts'
import { claimsOf } from '../../support/tokens.ts'

const NEXT = 'a lantern over the harbour'

async function eventsOf(
  { request }: TestApp,
  { jar }: Person,
  query: Record<string, string> = {},
): Promise<{ events: EventView[]; nextCursor: string | null }> {
  return (await request({ url: '/admin/events', query }, jar)).json()
}

t.test('lists the events of an account with session, client and actor', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const ada = await person(service, 'ada')
  const sid = claimsOf(ada.jar.get('access') as string).sid
  const phone = await signIn(service)
  const phonesSid = claimsOf(phone.get('access') as string).sid
  const from = { headers: { 'user-agent': 'A desk' }, remoteAddress: '203.0.113.7' }

  service.clock.advance(1)
  const payload = { email: 'ada@example.com', password: 'wrong' }
  await service.request({ method: 'POST', url: '/auth/login', payload, ...from })
  await service.request({ method: 'POST', url: '/auth/logout', ...from }, phone)
  const newPassword = { currentPassword: PASSWORD, newPassword: NEXT }
  await service.request({ method: 'POST', url: '/me/password', payload: newPassword }, ada.jar)
  const nextSid = claimsOf(ada.jar.get('access') as string).sid
  await change(service, root, ada, { role: 'admin', passwordChangeRequired: true })
  await change(service, root, ada, { role: 'admin' })
  const url = `/admin/users/${ada.id}/sessions`
  await service.request({ method: 'DELETE', url: `${url}/${nextSid}`, ...from }, root.jar)
  const again = await signIn(service, 'ada@example.com', { password: NEXT })
  await service.request({ method: 'DELETE', url }, root.jar)
  await change(service, root, ada, { disabled: true })
  await change(service, root, ada, { disabled: false })

  const { events, nextCursor } = await eventsOf(service, root, { userId: ada.id })
  t.equal(nextCursor, null)
  const unattributed = {
    sessionId: null,
    actorId: null,
    reason: null,
    facts: null,
    ip: '127.0.0.1',
    userAgent: 'lightMyRequest',
  }
  const byRoot = { ...unattributed, actorId: root.id }
  const ended = { ...byRoot, type: 'session-revoked', reason: 'ended-by-administrator' }
  const desk = { ip: '203.0.113.7', userAgent: 'A desk' }
  const againSid = claimsOf(again.get('access') as string).sid
  t.strictSame(events.map(({ id, at, userId, ...event }) => event).reverse(), [
    { ...unattributed, type: 'registered' },
    { ...unattributed, type: 'signed-in', sessionId: sid },
    { ...unattributed, type: 'signed-in', sessionId: phonesSid },
    { ...unattributed, type: 'sign-in-failed', ...desk },
    { ...unattributed, type: 'signed-out', sessionId: phonesSid, reason: 'logout', ...desk },
    { ...unattributed, type: 'session-revoked', sessionId: sid, reason: 'replaced' },
    { ...unattributed, type: 'password-changed', sessionId: nextSid },
    { ...byRoot, type: 'role-changed', reason: 'user to admin' },
    { ...byRoot, type: 'password-change-required' },
    { ...ended, sessionId: nextSid, ...desk },
    { ...unattributed, type: 'signed-in', sessionId: againSid },
    { ...ended, sessionId: againSid },
    { ...byRoot, type: 'disabled' },
    { ...byRoot, type: 'enabled' },
  ])
  t.ok(events.every(({ userId }) => userId === ada.id))
  t.same([events.at(-1)?.at, events[0]?.at], ['2026-01-15T12:00:00.000Z', '2026-01-15T12:00:01.000Z'])

  const row = JSON.stringify(await internalsOf(service.app).store.listEvents(100))
  const secrets = [
    ...root.jar.cookies.values(),
    ...again.cookies.values(),
    PASSWORD,
    NEXT,
    'wrong',
    '$argon2',
  ]
  for (const secret of secrets) t.notOk(row.includes(secret), 'no token, password or hash')
})

t.test('filters events by type, account and actor, and pages them', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  for (let count = 0; count < 3; count++) await signIn(service)
  const types = async (query: Record<string, string>) =>
    (await eventsOf(service, root, query)).events.map(({ type, userId }) => [type, userId])
  t.same(await types({ type: 'registered' }), [
    ['registered', ada.id],
    ['registered', root.id],
  ])
  t.same(await types({ type: 'registered', userId: root.id }), [['registered', root.id]])
  t.same(await types({ actorId: root.id }), [])

  const query = { type: 'signed-in', userId: ada.id, limit: '2' }
  const first = await eventsOf(service, root, query)
  // Events between two pages move no entry.
  await signIn(service)
  const second = await eventsOf(service, root, { ...query, cursor: first.nextCursor as string })
  t.equal(second.nextCursor, null)
  const ids = [...first.events, ...second.events].map(({ id }) => id)
  t.equal(new Set(ids).size, 4)
  t.same(
    ids,
    ids.toSorted((a, b) => b - a),
  )
  t.same(await types({ type: 'disabled' }), [])
})

t.test('refuses a malformed query', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const ask = (query: Record<string, string>) => service.request({ url: '/admin/events', query }, root.jar)
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  for (const cursor of ['', '1', encode('places:5'), encode('events:0'), encode('events:1e3')]) {
    isRefusal(t, await ask({ cursor }), malformed('querystring/cursor is not a cursor of this list'))
  }
  isRefusal(t, await ask({ userId: '1' }), malformed('querystring/userId must match format "uuid"'))
  t.match((await ask({ type: 'singed-in' })).json(), {
    code: 'INVALID_REQUEST',
    message: /^querystring\/type/,
  })
})

t.test('keeps the events of a deleted account', async (t) => {
  const service = await buildApp(t)
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const payload = { currentPassword: PASSWORD }
  await service.request({ method: 'DELETE', url: '/me', payload }, ada.jar)
  const { events } = await eventsOf(service, root, { userId: ada.id, limit: '1' })
  matchesWhole(t, events, [{ type: 'account-deleted', userId: ada.id, actorId: null }])
})

t.test('keeps events for EVENTS_TTL', async (t) => {
  const service = await buildApp(t, { environment: { EVENTS_TTL: '2d' } })
  const { store, config } = internalsOf(service.app)
  await administrator(service)
  const before = (await store.listEvents(10)).length
  t.ok(before > 0)
  const DAY_SECONDS = 86_400
  service.clock.advance(2 * DAY_SECONDS)
  await pruneAll(store, service.clock.now(), config)
  t.equal((await store.listEvents(10)).length, before, 'to the end')
  service.clock.advance(1)
  await pruneAll(store, service.clock.now(), config)
  t.same(await store.listEvents(10), [])
})

t.test('counts a refresh, and records no event of it', async (t) => {
  const service = await buildApp(t)
  const { store, events } = internalsOf(service.app)
  const ada = await person(service, 'ada')
  t.strictSame(events.counts(), { registered: 1, 'signed-in': 1 })
  const before = await store.listEvents(10)
  await service.request({ url: '/me' }, ada.jar)
  service.clock.advance(20 * 60)
  await service.request({ url: '/me' }, ada.jar)
  await service.request({ url: '/me' }, ada.jar)
  t.strictSame(events.counts(), { registered: 1, 'signed-in': 1, refreshed: 1 })
  t.strictSame(await store.listEvents(10), before)
})
