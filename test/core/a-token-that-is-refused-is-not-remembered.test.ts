import t from 'tap'
import { createRefreshTokens } from '../../src/protocol/refresh-token.ts'
import { createPrincipals } from '../../src/sessions/principals.ts'
import { createSessions } from '../../src/sessions/sessions.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp } from '../support/app.ts'
import { SETTLE } from '../support/rotation.ts'
import { rowOf } from '../support/rows.ts'
import { claimsOf, HEADER, hmac, jwt } from '../support/tokens.ts'

const CLIENT = { ip: '127.0.0.1', userAgent: 'by hand' }

t.test('memory holds one entry for each genuine access token, and none for any other', async (t) => {
  const service = await buildApp(t)
  const ada = await signUp(service)
  const { roles, store, events, refusalEvents, accessTokens, keys, config } = internalsOf(service.app)
  const { clock } = service
  const principals = createPrincipals(store)
  const refreshTokens = createRefreshTokens(keys.refreshToken)
  const sessions = createSessions({
    roles,
    store,
    clock,
    events,
    refusalEvents,
    accessTokens,
    refreshTokens,
    principals,
    settings: config,
  })
  const shown = ada.get('access') as string
  const claims = claimsOf(shown)

  for (let time = 0; time < 3; time++) await sessions.authenticate(shown, clock.now(), 'cookie')
  t.equal(principals.size, 1, 'a token that is shown again and again is one')

  const wrong = {
    'something else': 'something else',
    forged: jwt(HEADER, claims, hmac('another key')),
    expired: jwt(HEADER, { ...claims, exp: 1 }),
    premature: jwt(HEADER, { ...claims, nbf: 9_999_999_999 }),
    'of another type': jwt({ ...HEADER, typ: 'JWT' }, claims),
    'of an unknown key': jwt({ ...HEADER, kid: 'unknown' }, claims),
    'of an unknown session': jwt(HEADER, { ...claims, sid: 'unknown' }),
    'of another account': jwt(HEADER, { ...claims, sub: 'somebody else' }),
    'of another role': jwt(HEADER, { ...claims, role: 'admin' }),
  }
  for (const [title, token] of Object.entries(wrong)) {
    await t.rejects(async () => sessions.authenticate(token, clock.now(), 'cookie'), {
      name: 'AuthError',
      statusCode: 401,
    })
    t.equal(principals.size, 1, `${title}: nothing is kept of it`)
  }

  const { id, seed } = await rowOf(service, ada)
  clock.advance(SETTLE)
  const grant = await sessions.refresh(refreshTokens.derive(id, 1, seed), {
    arrived: clock.now(),
    client: CLIENT,
  })
  t.equal(principals.size, 1, 'a refresh keeps nothing until its tokens are made')
  grant.tokens()
  grant.tokens()
  t.equal(principals.size, 2, 'then it is one more, until the old one runs out')
})
