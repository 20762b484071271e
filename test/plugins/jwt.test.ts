import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { person } from '../support/administration.ts'
import { buildApp, signUp } from '../support/app.ts'
import { snapshot, temporaryDatabase } from '../support/database.ts'
import { isRefusal, unproved } from '../support/refusals.ts'
import { bearer, claimsOf, fetchTokens, HEADER, hmac, jwt, signingKey } from '../support/tokens.ts'
import { wrongTokens } from '../support/wrong-tokens.ts'

const path = temporaryDatabase(t)
const service = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
const browser = await signUp(service)
const genuine = await fetchTokens(service)
const claims = claimsOf(genuine.access_token)
const [header = '', payload = '', signature = ''] = genuine.access_token.split('.')

const seconds = service.clock.now() / 1_000
const bo = await person(service, 'bo')

const part = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const signed = (input: string): string => `${input}.${hmac()(input)}`
/** A token whose payload has other bytes than those of UTF-8. */
const inOtherBytes = (bytes: Buffer) => signed(`${part(JSON.stringify(HEADER))}.${part(bytes)}`)

const forged: Record<string, string> = {
  ...wrongTokens({
    ...{ token: genuine.access_token, refreshToken: genuine.refresh_token },
    ...{ header: HEADER, claims, sign: hmac(), seconds },
  }),
  'HS512 with the right key': jwt({ ...HEADER, alg: 'HS512' }, claims, hmac(signingKey.secret, 'sha512')),
  'HS384 with the right key': jwt({ ...HEADER, alg: 'HS384' }, claims, hmac(signingKey.secret, 'sha384')),
}

for (const [what, token] of Object.entries(forged)) {
  t.test(`refuses an access token with ${what}`, async (t) => {
    const before = snapshot(path)
    isRefusal(t, await service.request({ url: '/me', headers: bearer(token) }), unproved('TOKEN_INVALID'))
    const byCookie = await service.request({ url: '/me', headers: { cookie: `access=${token}` } })
    isRefusal(t, byCookie, unproved('TOKEN_INVALID'))
    t.strictSame(snapshot(path), before, 'nothing changed')
  })
}

const jsonSerialised = JSON.stringify({ protected: header, payload, signature })
const shapes: readonly (readonly [string, string])[] = [
  ['nothing after Bearer', 'Bearer'],
  ['a space after Bearer', 'Bearer '],
  ['a comma', `Bearer ${genuine.access_token}, Bearer ${genuine.access_token}`],
  ['two tokens', `Bearer ${genuine.access_token} ${genuine.access_token}`],
  ['a parameter', `Bearer token=${genuine.access_token}`],
  ['quotation marks', `Bearer "${genuine.access_token}"`],
  ['a JWS serialised as JSON', `Bearer ${jsonSerialised}`],
  ['a tabulator', `Bearer\t${genuine.access_token}`],
]
for (const [what, authorization] of shapes) {
  t.test(`refuses an Authorization header with ${what}`, async (t) => {
    const response = await service.request({ url: '/me', headers: { authorization } }, browser)
    isRefusal(t, response, unproved('TOKEN_INVALID'), 'although the cookies beside it are good')
  })
}

t.test('refuses a JWS serialised as JSON in a cookie', async (t) => {
  const cookie = `access=${jsonSerialised}`
  isRefusal(t, await service.request({ url: '/me', headers: { cookie } }), unproved('TOKEN_INVALID'))
})

t.test('ignores another scheme of Authorization, and reads the cookies', async (t) => {
  for (const authorization of ['Basic YWRhOng=', 'Digest x', genuine.access_token, 'BearerX y', '']) {
    const headers = { authorization }
    isRefusal(t, await service.request({ url: '/me', headers }), unproved('TOKEN_MISSING'), authorization)
    t.equal((await service.request({ url: '/me', headers }, browser)).statusCode, 200)
  }
})

t.test('reports an expired bearer token as expired', async (t) => {
  const before = snapshot(path)
  const expired = jwt(HEADER, { ...claims, exp: seconds })
  isRefusal(t, await service.request({ url: '/me', headers: bearer(expired) }), unproved('TOKEN_EXPIRED'))
  const byCookie = await service.request({ url: '/me', headers: { cookie: `access=${expired}` } })
  isRefusal(t, byCookie, unproved('TOKEN_EXPIRED'))
  t.strictSame(snapshot(path), before, 'nothing changed')
})

t.test('requires that the session and the account of a token exist and belong together', async (t) => {
  const ended = unproved('SESSION_ENDED', 'unknown')
  const unknownId = '019bc186-de00-738c-b587-e5f65ab95d6c'
  for (const change of [
    { sid: 'A'.repeat(22) },
    { sid: '' },
    { sid: "' OR 1=1 --" },
    { sub: unknownId },
    { sub: bo.id },
    { sub: '' },
  ]) {
    const token = jwt(HEADER, { ...claims, ...change })
    isRefusal(t, await service.request({ url: '/me', headers: bearer(token) }), ended, JSON.stringify(change))
  }
})

t.test('fetches no key from an address that a token names', async (t) => {
  let calls = 0
  const keys = createServer((_request, response) => {
    calls += 1
    response.end('{"keys":[]}')
  }).listen(0)
  t.teardown(() => keys.close())
  await once(keys, 'listening')
  const address = `http://localhost:${(keys.address() as AddressInfo).port}/keys`
  for (const [name, alg] of Object.entries({ jku: 'HS256', x5u: 'RS256' })) {
    for (const kid of ['mine', HEADER.kid]) {
      const token = jwt({ ...HEADER, alg, kid, [name]: address }, claims, hmac('mine'))
      const response = await service.request({ url: '/me', headers: bearer(token) })
      isRefusal(t, response, unproved('TOKEN_INVALID'), `${name} ${kid}`)
    }
  }
  t.equal(calls, 0)
})

t.test('takes rights from the account, whatever a token claims', async (t) => {
  const latin1 = Buffer.from(JSON.stringify(claims).replace('"user"', '"us\xe9r"'), 'latin1')
  for (const token of [
    jwt(HEADER, { ...claims, role: 'admin' }),
    jwt(HEADER, { ...claims, scope: 'users:read' }),
    inOtherBytes(latin1),
  ]) {
    const response = await service.request({ url: '/me', headers: bearer(token) })
    isRefusal(t, response, unproved('TOKEN_EXPIRED', 'stale'))
  }
})

t.test('accepts a token that differs from the forged ones in nothing but the forgery', async (t) => {
  for (const token of [
    genuine.access_token,
    jwt(HEADER, claims),
    jwt(HEADER, { ...claims, nbf: seconds }),
    jwt(HEADER, { ...claims, aud: [claims.aud, 'movies'] }),
    jwt({ ...HEADER, typ: 'application/at+jwt' }, claims),
  ]) {
    t.equal((await service.request({ url: '/me', headers: bearer(token) })).statusCode, 200)
  }
})

t.test('verifies tokens of an older secret in the ring, and refuses those of a removed one', async (t) => {
  const older = 'an-older-secret-for-tests-9876543210-zyxwvutsr'
  const newer = 'a-newer-secret-for-tests-1357924680-mnbvcxzlkjh'
  const file = `file:${temporaryDatabase(t)}`
  const first = await buildApp(t, { environment: { SECRET_KEY: older, DATABASE_URL: file } })
  await signUp(first)
  const { access_token } = await fetchTokens(first)
  const me = { url: '/me', headers: bearer(access_token) }

  const both = await buildApp(t, { environment: { SECRET_KEY: `${newer},${older}`, DATABASE_URL: file } })
  t.equal((await both.request(me)).statusCode, 200)
  const one = await buildApp(t, { environment: { SECRET_KEY: newer, DATABASE_URL: file } })
  isRefusal(t, await one.request(me), unproved('TOKEN_INVALID'))
})
