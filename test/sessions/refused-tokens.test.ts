import t from 'tap'
import { createRefreshTokens } from '../../src/protocol/refresh-token.ts'
import { createPrincipalCache } from '../../src/sessions/principal-cache.ts'
import { createSessions } from '../../src/sessions/sessions.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp } from '../support/app.ts'
import { SETTLE } from '../support/rotation.ts'
import { rowOf } from '../support/rows.ts'
import { claimsOf, HEADER, hmac, jwt } from '../support/tokens.ts'

const CLIENT = { ip: '127.0.0.1', userAgent: 'by hand' }

t.test('caches one entry for each genuine access token, and none for any other', async (t) => {
  const service = await buildApp(t)
  const ada = await signUp(service)
  const { roles, store, events, refusalEvents, accessTokens, keys, config } = internalsOf(service.app)
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
