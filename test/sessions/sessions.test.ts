import t from 'tap'
import { createRefreshTokens, readRefreshToken } from '../../src/protocol/refresh-token.ts'
import { createPrincipalCache } from '../../src/sessions/principal-cache.ts'
import { createSessions } from '../../src/sessions/sessions.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../support/app.ts'
import type { Jar } from '../support/jar.ts'
import { matchesWhole } from '../support/lists.ts'
import { GRACE, ME, proveReceipt, refreshAndLose, SETTLE } from '../support/rotation.ts'
import { forget, rowOf } from '../support/rows.ts'
import { claimsOf, HEADER, hmac, jwt } from '../support/tokens.ts'

t.test('knows a recognised caller until the change feed tells of a change', async (t) => {
  const service = await buildApp(t)
  const { sessions, store } = internalsOf(service.app)
  const [ada, bob] = [await signUp(service), await signUp(service, 'bob@example.com')]
  const token = ada.get('access') as string
  // The first use of a generation is recorded, which takes the longer way.
  await sessions.authenticate(token, service.clock.now(), 'cookie')
  const recognition = sessions.recognise(token, service.clock.now(), 'cookie')
  t.ok(recognition)
  t.equal(sessions.revalidate(recognition), recognition?.principal)
  const { id } = await rowOf(service, bob)
  await store.endSession(id, 'logout', service.clock.now())
  t.equal(sessions.revalidate(recognition), undefined)
  t.equal(sessions.revalidate(null), undefined)
})

t.test('finds the session of an access token, cached or not, and none for another token', async (t) => {
  const service = await buildApp(t)
  const { sessions } = internalsOf(service.app)
  const jar = await signUp(service)
  const [token, { id }] = [jar.get('access') as string, await rowOf(service, jar)]
  t.equal((await sessions.sessionOfAccessToken(token, service.clock.now()))?.id, id)
  await forget(service, jar)
  t.equal((await sessions.sessionOfAccessToken(token, service.clock.now()))?.id, id)
  t.equal(await sessions.sessionOfAccessToken(`${token}x`, service.clock.now()), null)
})

t.test(
  'gives two hundred sessions ids of 128 bits and refresh tokens of 256, without a fixed bit',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const { accounts, sessions } = internalsOf(service.app)
    const user = await accounts.findByEmail('ada@example.com')
    if (user === undefined) throw new Error('ada has no account')
    const client = { ip: '127.0.0.1', userAgent: '' }
    const [sids, macs]: [Buffer[], Buffer[]] = [[], []]
    for (let count = 0; count < 200; count += 1) {
      const grant = await sessions.start(user, { remember: true, isByCookie: false, client })
      const claim = readRefreshToken(grant.tokens().refreshToken)
      sids.push(Buffer.from(claim?.sid ?? '', 'base64url'))
      macs.push(claim?.mac ?? Buffer.alloc(0))
    }
    for (const [values, bytes] of [
      [sids, 16],
      [macs, 32],
    ] as const) {
      t.ok(values.every(({ length }) => length === bytes))
      t.equal(new Set(values.map((value) => value.toString('hex'))).size, 200)
      const isSet = (bit: number) => (value: Buffer) => ((value[bit >> 3] as number) >> (bit & 7)) & 1
      const counts = Array.from({ length: bytes * 8 }, (_, bit) => values.filter(isSet(bit)).length)
      // Seven standard deviations from the middle.
      t.ok(counts.every((count) => count > 50 && count < 150))
    }
  },
)

const client = { ip: '203.0.113.9', userAgent: 'another browser' }

async function reusable(service: TestApp): Promise<{ older: Jar; newer: Jar }> {
  const older = await signUp(service)
  const newer = await refreshAndLose(service, older)
  await proveReceipt(service, newer)
  service.clock.advance(GRACE)
  return { older, newer }
}

t.test('records a reuse with both clients, both generations and the time since receipt', async (t) => {
  const service = await buildApp(t)
  const { older } = await reusable(service)
  const { id: sessionId, userId } = await rowOf(service, older)
  const request = { arrived: service.clock.now(), client }
  await t.rejects(internalsOf(service.app).sessions.refresh(older.get('refresh') as string, request), {
    code: 'REFRESH_REUSED',
  })
  const rotatedBy = { ip: '127.0.0.1', userAgent: 'lightMyRequest' }
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    {
      type: 'refresh-reused',
      userId,
      sessionId,
      ...client,
      facts: { presented: 1, current: 2, secondsSinceReceipt: GRACE, rotatedBy },
    },
  ])
})

t.test('answers a client that has gone as late, looks a turn later, and revokes nothing', async (t) => {
  const service = await buildApp(t)
  const { older, newer } = await reusable(service)
  const refreshToken = older.get('refresh') as string
  let hasGone = false
  const isGone = () => hasGone
  const request = { arrived: service.clock.now(), client, isGone }
  const refused = internalsOf(service.app).sessions.refresh(refreshToken, request)
  setImmediate(() => {
    hasGone = true
  })
  await t.rejects(refused, { code: 'REFRESH_LATE' })
  t.equal((await service.request(ME, newer)).statusCode, 200)
  matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
    { type: 'refresh-late', reason: 'the client has gone', facts: { presented: 1, current: 2 } },
  ])

  hasGone = false
  await t.rejects(internalsOf(service.app).sessions.refresh(refreshToken, request), {
    code: 'REFRESH_REUSED',
  })
})

t.test('records late requests of a session once a minute', async (t) => {
  const service = await buildApp(t)
  const first = await signUp(service)
  const { id: sessionId } = await rowOf(service, first)
  const request = { arrived: service.clock.now(), client }
  service.clock.advance(1)
  await refreshAndLose(service, await refreshAndLose(service, first))
  for (let time = 0; time < 3; time += 1) {
    await t.rejects(internalsOf(service.app).sessions.refresh(first.get('refresh') as string, request), {
      code: 'REFRESH_LATE',
    })
  }
  const told = await internalsOf(service.app).store.listEvents(10, { type: 'refresh-late' })
  t.equal(told.length, 1)
  matchesWhole(t, told, [{ sessionId, ...client, facts: { presented: 1, current: 3 } }])
})

const CLIENT = { ip: '127.0.0.1', userAgent: 'by hand' }

t.test('caches one entry for each genuine access token, and none for any other', async (t) => {
  const service = await buildApp(t)
  const ada = await signUp(service)
  const { roles, store, events, refusalEvents, accessTokens, keys, config, mail } = internalsOf(service.app)
  const { clock } = service
  const principalCache = createPrincipalCache(store)
  const refreshTokens = createRefreshTokens(keys.refreshToken)
  const sessions = createSessions({
    roles,
    store,
    clock,
    events,
    refusalEvents,
    accessTokens,
    refreshTokens,
    principalCache,
    settings: config,
    notices: mail.notices,
  })
  const shown = ada.get('access') as string
  const claims = claimsOf(shown)

  for (let time = 0; time < 3; time++) await sessions.authenticate(shown, clock.now(), 'cookie')
  t.equal(principalCache.size, 1, 'a token that is shown again and again is one')

  const wrong = {
    'something else': ['invalid', 'something else'],
    forged: ['invalid', jwt(HEADER, claims, hmac('another key'))],
    expired: ['expired', jwt(HEADER, { ...claims, exp: 1 })],
    premature: ['invalid', jwt(HEADER, { ...claims, nbf: 9_999_999_999 })],
    'of another type': ['invalid', jwt({ ...HEADER, typ: 'JWT' }, claims)],
    'of an unknown key': ['invalid', jwt({ ...HEADER, kid: 'unknown' }, claims)],
    'of an unknown session': ['ended', jwt(HEADER, { ...claims, sid: 'unknown' })],
    'of another account': ['ended', jwt(HEADER, { ...claims, sub: 'somebody else' })],
    'of another role': ['stale', jwt(HEADER, { ...claims, role: 'admin' })],
  } as const
  for (const [title, [kind, token]] of Object.entries(wrong)) {
    const result = await sessions.authenticate(token, clock.now(), 'cookie')
    t.equal(result.kind, kind, title)
    t.equal(principalCache.size, 1, `${title}: nothing is kept of it`)
  }

  const { id, seed } = await rowOf(service, ada)
  clock.advance(SETTLE)
  const issuance = await sessions.refresh(refreshTokens.derive(id, 1, seed), {
    arrived: clock.now(),
    client: CLIENT,
  })
  t.equal(principalCache.size, 1, 'a refresh keeps nothing until its tokens are made')
  issuance.tokens()
  issuance.tokens()
  t.equal(principalCache.size, 2, 'then it is one more, until the old one runs out')
})
