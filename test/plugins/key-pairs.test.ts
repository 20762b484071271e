import { createPublicKey, sign } from 'node:crypto'
import { mock } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createLocalJWKSet, jwtVerify } from 'jose'
import t from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { PAIR_ALGORITHMS, type PublicJwk } from '../../src/keys/key-pair.ts'
import { READ_EVERY_MS } from '../../src/keys/key-schedule.ts'
import { deriveKeys } from '../../src/keys/secrets.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, SECRET, signUp, type TestApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { isRefusal, unproved } from '../support/refusals.ts'
import { ACCESS_TTL, DAY, ME, SETTLE } from '../support/rotation.ts'
import { bearer, claimsOf, fetchTokens, hmac, jwt } from '../support/tokens.ts'

const headerOf = (token: string): Record<string, string> =>
  JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString())

const keySet = async ({ request }: TestApp): Promise<{ keys: PublicJwk[] }> =>
  (await request({ url: '/.well-known/jwks.json' })).json()

const withPairs = (alg: string, more: Partial<Environment> = {}) => ({
  environment: { ACCESS_TOKEN_ALG: alg, ...more },
})

for (const alg of PAIR_ALGORITHMS) {
  t.test(`signs with ${alg}, so that the key set alone verifies its tokens`, async (t) => {
    const service = await buildApp(t, withPairs(alg))
    const jar = await signUp(service)
    const { access_token: token } = await fetchTokens(service)
    t.match(headerOf(token), { alg, typ: 'at+jwt' })
    const verified = await jwtVerify(token, createLocalJWKSet({ ...(await keySet(service)) }), {
      ...{ issuer: 'http://localhost', audience: 'http://localhost', typ: 'at+jwt', algorithms: [alg] },
      currentDate: new Date(service.clock.now()),
    })
    t.strictSame(verified.payload, claimsOf(token))
    t.equal((await service.request({ ...ME, headers: bearer(token) })).statusCode, 200)
    service.clock.advance(ACCESS_TTL)
    t.equal((await service.request(ME, jar)).statusCode, 200, 'a browser refreshes silently')
    t.match(headerOf(jar.get('access') as string), { alg })
  })

  t.test(`refuses forged tokens where ${alg} signs`, async (t) => {
    const service = await buildApp(t, withPairs(alg))
    await signUp(service)
    const { access_token: token } = await fetchTokens(service)
    const [header, claims] = [headerOf(token), claimsOf(token)]
    const [own, next] = (await keySet(service)).keys as [PublicJwk, PublicJwk]
    const publicKey = createPublicKey({ key: { ...own }, format: 'jwk' })
    const [encodedHeader, payload, signature = ''] = token.split('.')
    const changed = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    const swapped = jwt(header, { ...claims, role: 'admin' }, () => signature)
    const hs256 = { ...header, alg: 'HS256' }
    const [{ kid, secret }] = deriveKeys([SECRET]).accessToken
    const forged: Record<string, string> = {
      'another signature': `${encodedHeader}.${payload}.${changed}`,
      'no signature': `${encodedHeader}.${payload}.`,
      'other claims': swapped,
      'alg none': jwt({ ...header, alg: 'none' }, claims, () => ''),
      'the kid of the next key': jwt({ ...header, kid: next.kid }, claims, () => signature),
      'the kid of SECRET_KEY': jwt({ ...header, kid }, claims, () => signature),
      'HS256 by the secret, under the kid of a pair': jwt(hs256, claims, hmac(secret)),
      'the algorithm of a pair, under the kid of SECRET_KEY': jwt({ ...header, kid }, claims, hmac(secret)),
      'another algorithm': jwt({ ...header, alg: 'PS256' }, claims, () => signature),
      'a key that it brings itself': jwt({ ...header, jwk: own, kid: 'mine' }, claims, () => signature),
    }
    for (const [form, key] of Object.entries({
      PEM: publicKey.export({ type: 'spki', format: 'pem' }) as string,
      'PEM without a line break at its end': (
        publicKey.export({ type: 'spki', format: 'pem' }) as string
      ).trim(),
      DER: publicKey.export({ type: 'spki', format: 'der' }) as Buffer,
      JWK: JSON.stringify(own),
      x: Buffer.from(own.x ?? own.n ?? '', 'base64url'),
    })) {
      forged[`HS256 by the public key as ${form}`] = jwt(hs256, claims, hmac(key))
    }
    for (const [what, forgery] of Object.entries(forged)) {
      const response = await service.request({ ...ME, headers: bearer(forgery) })
      isRefusal(t, response, unproved('TOKEN_INVALID'), what)
    }
    t.equal((await service.request({ ...ME, headers: bearer(token) })).statusCode, 200)
  })
}

t.test('a token of before a rotation is good until it expires, and no client is signed out', async (t) => {
  const service = await buildApp(t, withPairs('EdDSA'))
  service.clock.advance(30 * DAY)
  await internalsOf(service.app).keyPairs.refresh()
  const browser = await signUp(service, 'bo@example.com')
  const before = await fetchTokens(service, 'bo@example.com')
  const first = headerOf(before.access_token).kid
  service.clock.advance(60)
  const after = await fetchTokens(service, 'bo@example.com')
  t.not(headerOf(after.access_token).kid, first)
  for (const { access_token } of [before, after]) {
    t.equal((await service.request({ ...ME, headers: bearer(access_token) })).statusCode, 200)
  }
  t.equal((await keySet(service)).keys.length, 3)
  const [{ privatePem } = { privatePem: '' }] = internalsOf(service.app).keyPairs.list()
  const withoutEnd = { ...claimsOf(before.access_token), exp: 9_999_999_999 }
  const byKey = (input: string) => sign(null, Buffer.from(input), privatePem).toString('base64url')
  const byOldKey = jwt(headerOf(before.access_token), withoutEnd, byKey)
  t.equal((await service.request({ ...ME, headers: bearer(byOldKey) })).statusCode, 200)
  t.equal((await service.request(ME, browser)).statusCode, 200)
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, browser)).statusCode, 200)
  isRefusal(
    t,
    await service.request({ ...ME, headers: bearer(before.access_token) }),
    unproved('TOKEN_EXPIRED'),
  )
  service.clock.advance(ACCESS_TTL)
  const other = jwt(headerOf(byOldKey), { ...withoutEnd, iat: 0 }, byKey)
  const response = await service.request({ ...ME, headers: bearer(other) })
  isRefusal(t, response, unproved('TOKEN_INVALID'), 'the key has ended')
})

t.test('a compromised key ends at once, also for tokens that were verified before', async (t) => {
  const service = await buildApp(t, withPairs('ES256'))
  const { keyPairs } = internalsOf(service.app)
  const jar = await signUp(service)
  const { access_token } = await fetchTokens(service)
  const byToken = { ...ME, headers: bearer(access_token) }
  t.equal((await service.request(byToken)).statusCode, 200)
  t.equal((await service.request(byToken)).statusCode, 200, 'remembered')
  service.clock.advance(SETTLE)
  await keyPairs.rotate(true)
  isRefusal(t, await service.request(byToken), unproved('TOKEN_INVALID'))
  t.equal((await service.request(ME, jar)).statusCode, 200, 'a browser refreshes silently')
})

t.test('a change of ACCESS_TOKEN_ALG signs no client out', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const tokens: string[] = []
  for (const alg of ['HS256', 'EdDSA', 'RS256', 'HS256']) {
    const service = await buildApp(t, withPairs(alg, { DATABASE_URL }))
    if (tokens.length === 0) await signUp(service)
    tokens.push((await fetchTokens(service)).access_token)
    t.match(headerOf(tokens.at(-1) as string), { alg })
    for (const token of tokens) {
      t.equal(
        (await service.request({ ...ME, headers: bearer(token) })).statusCode,
        200,
        `${headerOf(token).alg}`,
      )
    }
  }
})

t.test('verifies a token once, and looks it up afterwards, whatever the algorithm', async (t) => {
  for (const alg of ['HS256', ...PAIR_ALGORITHMS]) {
    const service = await buildApp(t, withPairs(alg))
    const { accessTokens } = internalsOf(service.app)
    const counts = { sign: 0, verify: 0 }
    for (const name of ['sign', 'verify'] as const) {
      const original = accessTokens[name] as (value: unknown) => unknown
      ;(accessTokens as unknown as Record<string, unknown>)[name] = (value: unknown) => {
        counts[name] += 1
        return original(value)
      }
    }
    const jar = await signUp(service)
    t.strictSame(counts, { sign: 1, verify: 0 }, `${alg}: a sign-in signs once`)
    for (let i = 0; i < 5; i += 1) await service.request(ME, jar)
    t.strictSame(counts, { sign: 1, verify: 0 }, 'its token need not be verified')
    service.clock.advance(ACCESS_TTL)
    await service.request(ME, jar)
    t.strictSame(counts, { sign: 2, verify: 1 }, 'a refresh verifies the old one and signs once')
    for (let i = 0; i < 5; i += 1) await service.request(ME, jar)
    t.strictSame(counts, { sign: 2, verify: 1 })
  }
})

t.test('reads the keys again every few seconds, and goes on if the database does not answer', async (t) => {
  mock.timers.enable({ apis: ['setInterval'] })
  t.teardown(() => mock.timers.reset())
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const lines: string[] = []
  const service = await buildApp(t, {
    ...withPairs('EdDSA', { DATABASE_URL }),
    log: (line) => lines.push(line),
  })
  const other = await buildApp(t, withPairs('EdDSA', { DATABASE_URL }))
  await internalsOf(other.app).keyPairs.rotate(true)
  const { keyPairs, store } = internalsOf(service.app)
  const reading = new Promise<void>((resolve) => {
    keyPairs.follow((_pairs, wasWithdrawn) => {
      if (wasWithdrawn) resolve()
    })
  })
  mock.timers.tick(READ_EVERY_MS)
  await reading
  t.strictSame(keyPairs.keySet(), internalsOf(other.app).keyPairs.keySet())

  await store.close()
  mock.timers.tick(READ_EVERY_MS)
  while (!lines.some((line) => line.includes('could not be read'))) await nextTurn()
  t.equal((await keySet(service)).keys.length, 2, 'with the keys that it has')
})
