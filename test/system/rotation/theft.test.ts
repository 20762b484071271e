import t from 'tap'
import { deriveKeys } from '../../../src/keys/secrets.ts'
import { createRefreshTokens } from '../../../src/protocol/refresh-token.ts'
import { buildApp, SECRET, signIn, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { Jar } from '../../support/jar.ts'
import { ACCESS_TTL, HOUR, LOGOUT, ME, REFRESH, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { bearer, claimsOf, HEADER, jwt } from '../../support/tokens.ts'

const NEWER = 'a-newer-secret-for-tests-only-9876543210-zyxwvu'

const statusOf = async ({ request }: TestApp, jar: Jar) => (await request(ME, jar)).statusCode
const withAccess = (token: string) => new Jar().set('access', token)
const withRefresh = (token: string) => new Jar().set('refresh', token)

/** Refresh tokens as they come out with this secret and this seed. */
const derive = (secret: string, sid: string, generation: number, seed: Uint8Array) =>
  createRefreshTokens(deriveKeys([secret]).refreshToken).derive(sid, generation, seed)

t.test(
  'an access token alone admits its thief until it or the session ends, and gets no other token',
  async (t) => {
    const service = await buildApp(t)
    const owner = await signUp(service)
    const thief = withAccess(owner.get('access') as string)
    const asBearer = { ...ME, headers: bearer(owner.get('access') as string) }
    t.equal(await statusOf(service, thief), 200)
    t.equal((await service.request(asBearer)).statusCode, 200)
    t.match((await service.request(REFRESH, thief.copy())).json(), { code: 'TOKEN_MISSING' })
    service.clock.advance(ACCESS_TTL)
    t.equal(await statusOf(service, thief.copy()), 401)

    const next = await signIn(service)
    const copied = withAccess(next.get('access') as string)
    t.equal(await statusOf(service, copied), 200)
    await service.request(LOGOUT, next)
    t.equal(await statusOf(service, copied), 401)
  },
)

t.test(
  'both cookies permit what the owner may do, and after ten minutes not enough for a new password',
  async (t) => {
    const service = await buildApp(t)
    const owner = await signUp(service)
    const thief = owner.copy()
    t.equal(await statusOf(service, thief), 200)
    service.clock.advance(ACCESS_TTL)
    t.equal(await statusOf(service, thief), 200)
    const payload = { newPassword: 'another horse, another battery' }
    const changed = await service.request({ method: 'POST', url: '/me/password', payload }, thief)
    t.match(changed.json(), { statusCode: 403, code: 'REAUTHENTICATION_REQUIRED' })
    await service.request(LOGOUT, owner)
    t.equal(await statusOf(service, thief), 401, 'the owner signs out')
  },
)

t.test('the database alone yields no token', async (t) => {
  const service = await buildApp(t)
  const owner = await signUp(service)
  const { id, generation, seed, userId } = await rowOf(service, owner)
  for (const secret of [NEWER, seed.toString('base64url'), id + userId]) {
    const forged = withRefresh(derive(secret, id, generation, seed))
    t.match((await service.request(ME, forged)).json(), { statusCode: 401, code: 'TOKEN_INVALID' })
  }
  t.equal(await statusOf(service, owner), 200, 'and harms no session')
})

t.test('the secret alone yields access tokens of known sessions, and no refresh token', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const service = await buildApp(t, { environment: { DATABASE_URL } })
  const owner = await signUp(service)
  const { id, generation } = await rowOf(service, owner)
  const claims = claimsOf(owner.get('access') as string)
  const forged = withAccess(jwt(HEADER, { ...claims, exp: Number(claims.exp) + 10 * HOUR }))
  t.equal(await statusOf(service, forged), 200)
  const unknown = withAccess(jwt(HEADER, { ...claims, sid: 'A'.repeat(22) }))
  t.equal(await statusOf(service, unknown), 401)
  const guessed = withRefresh(derive(SECRET, id, generation, Buffer.alloc(32)))
  t.match((await service.request(ME, guessed)).json(), { code: 'TOKEN_INVALID' })

  const changed = await buildApp(t, {
    environment: { DATABASE_URL, SECRET_KEY: NEWER },
    clock: service.clock,
  })
  t.equal(await statusOf(changed, forged), 401, 'a new secret without the old one')
})

t.test('database and secret together yield every token, until the secret is changed', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const service = await buildApp(t, { environment: { DATABASE_URL } })
  const owner = await signUp(service)
  const { id, generation, seed } = await rowOf(service, owner)
  const made = () => withRefresh(derive(SECRET, id, generation, seed))
  t.equal(await statusOf(service, made()), 200)
  const changed = await buildApp(t, {
    environment: { DATABASE_URL, SECRET_KEY: NEWER },
    clock: service.clock,
  })
  t.equal(await statusOf(changed, made()), 401)
  t.equal(await statusOf(changed, owner), 401, 'and everybody signs in again')
})

t.test('a backup yields what the database did, except for sessions that ended since', async (t) => {
  const service = await buildApp(t)
  const owner = await signUp(service)
  const { id, generation, seed } = await rowOf(service, owner)
  service.clock.advance(SETTLE)
  await service.request(LOGOUT, owner)
  const made = withRefresh(derive(SECRET, id, generation, seed))
  t.match((await service.request(ME, made)).json(), { statusCode: 401, code: 'SESSION_ENDED' })
})
