import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { person } from '../support/administration.ts'
import { buildApp, signUp } from '../support/app.ts'
import { snapshot, temporaryDatabase } from '../support/database.ts'
import { isRefusal, unproved } from '../support/refusals.ts'
import { bearer, claimsOf, fetchTokens, HEADER, hmac, jwt, signingKey } from '../support/tokens.ts'

const path = temporaryDatabase(t)
const service = await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
const browser = await signUp(service)
const genuine = await fetchTokens(service)
const claims = claimsOf(genuine.access_token)
const [header = '', payload = '', signature = ''] = genuine.access_token.split('.')

const none = () => ''
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaPublic = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
const byRsa = (input: string) => createSign('sha256').update(input).sign(rsa.privateKey, 'base64url')
const { aud: _aud, ...withoutAudience } = claims
const { iss: _iss, ...withoutIssuer } = claims
const { exp: _exp, ...withoutExpiry } = claims
const { sid: _sid, ...withoutSession } = claims
const { sub: _sub, ...withoutSubject } = claims
const seconds = service.clock.now() / 1_000
const bo = await person(service, 'bo')

const part = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const signed = (input: string): string => `${input}.${hmac()(input)}`
/** A token whose payload has other bytes than those of UTF-8. */
const inOtherBytes = (bytes: Buffer) => signed(`${part(JSON.stringify(HEADER))}.${part(bytes)}`)
const issuer = String(claims.iss)

const forged: Record<string, string> = {}
for (const alg of ['none', 'None', 'NONE', 'nOnE', 'nonE', ' none', 'none\0', '', null, 0, ['HS256']]) {
  const unsigned = { ...HEADER, alg }
  forged[`alg ${JSON.stringify(alg)} without a signature`] = jwt(unsigned, claims, none)
  forged[`alg ${JSON.stringify(alg)} with a good signature`] = jwt(unsigned, claims)
}
Object.assign(forged, {
  'no alg': jwt({ typ: HEADER.typ, kid: HEADER.kid }, claims),
  'the right alg without a signature': jwt(HEADER, claims, none),
  'HS512 with the right key': jwt({ ...HEADER, alg: 'HS512' }, claims, hmac(signingKey.secret, 'sha512')),
  'HS384 with the right key': jwt({ ...HEADER, alg: 'HS384' }, claims, hmac(signingKey.secret, 'sha384')),
  'alg in small letters': jwt({ ...HEADER, alg: 'hs256' }, claims),
  'RS256 by a key of its own': jwt({ ...HEADER, alg: 'RS256' }, claims, byRsa),
  'ES256, signed as HS256': jwt({ ...HEADER, alg: 'ES256' }, claims),
  'EdDSA, signed as HS256': jwt({ ...HEADER, alg: 'EdDSA' }, claims),
  'HS256 by a public key': jwt(HEADER, claims, hmac(rsaPublic)),
  'RS256, signed as HS256': jwt({ ...HEADER, alg: 'RS256' }, claims),
  'another key': jwt(HEADER, claims, hmac('another key of at least thirty-two bytes')),
  'an empty key': jwt(HEADER, claims, hmac('')),
  'the kid for a key': jwt(HEADER, claims, hmac(HEADER.kid)),
  'typ JWT': jwt({ ...HEADER, typ: 'JWT' }, claims),
  'typ logout+jwt': jwt({ ...HEADER, typ: 'logout+jwt' }, claims),
  'typ secevent+jwt': jwt({ ...HEADER, typ: 'secevent+jwt' }, claims),
  'typ dpop+jwt': jwt({ ...HEADER, typ: 'dpop+jwt' }, claims),
  'typ with an appendix': jwt({ ...HEADER, typ: 'at+jwt+x' }, claims),
  'the type and claims of an ID token': jwt({ ...HEADER, typ: 'JWT' }, { ...claims, nonce: 'n', azp: 'app' }),
  'no typ': jwt({ alg: HEADER.alg, kid: HEADER.kid }, claims),
  'a list for typ': jwt({ ...HEADER, typ: ['at+jwt'] }, claims),
  'another issuer': jwt(HEADER, { ...claims, iss: 'http://localhost:3001' }),
  'an issuer with an appendix': jwt(HEADER, { ...claims, iss: `${claims.iss}/` }),
  'an issuer in capitals': jwt(HEADER, { ...claims, iss: issuer.toUpperCase() }),
  'an issuer of https': jwt(HEADER, { ...claims, iss: issuer.replace('http:', 'https:') }),
  'a list of issuers': jwt(HEADER, { ...claims, iss: [issuer, 'https://attacker.example'] }),
  'no issuer': jwt(HEADER, withoutIssuer),
  'another audience': jwt(HEADER, { ...claims, aud: 'movies' }),
  'other audiences': jwt(HEADER, { ...claims, aud: ['a', 'b'] }),
  'an audience with an appendix': jwt(HEADER, { ...claims, aud: `${claims.aud}.evil.example` }),
  'an empty list of audiences': jwt(HEADER, { ...claims, aud: [] }),
  'no audience': jwt(HEADER, withoutAudience),
  'a number for an audience': jwt(HEADER, { ...claims, aud: 1 }),
  'no expiry': jwt(HEADER, withoutExpiry),
  'a string for an expiry': jwt(HEADER, { ...claims, exp: '9999999999' }),
  'an expiry beyond numbers': jwt(HEADER, { ...claims, exp: 1e300 }),
  'not yet': jwt(HEADER, { ...claims, nbf: seconds + 1 }),
  'a string for nbf': jwt(HEADER, { ...claims, nbf: '0' }),
  'no subject': jwt(HEADER, withoutSubject),
  'no session': jwt(HEADER, withoutSession),
  'a number for a session': jwt(HEADER, { ...claims, sid: 1 }),
  'a fraction of a generation': jwt(HEADER, { ...claims, gen: 1.5 }),
  'a list of roles': jwt(HEADER, { ...claims, role: ['admin'] }),
  'no kid': jwt({ alg: HEADER.alg, typ: HEADER.typ }, claims),
  'an unknown kid': jwt({ ...HEADER, kid: 'AAAAAAAAAAAA' }, claims),
  'SQL for a kid': jwt({ ...HEADER, kid: "x' UNION SELECT 'secret" }, claims),
  'a file for a kid': jwt({ ...HEADER, kid: '../../../../dev/null' }, claims, hmac('')),
  'a number for a kid': jwt({ ...HEADER, kid: 1 }, claims),
  'a list for a kid': jwt({ ...HEADER, kid: [HEADER.kid] }, claims),
  'a command for a kid': jwt({ ...HEADER, kid: '|true' }, claims, hmac('')),
  'eleven kilobytes for a kid': jwt({ ...HEADER, kid: 'a'.repeat(11_000) }, claims),
  'a kid twice': signed(
    `${part(`{"alg":"HS256","typ":"at+jwt","kid":"${HEADER.kid}","kid":"x"}`)}.${payload}`,
  ),
  'null for a kid': jwt({ ...HEADER, kid: null }, claims),
  '__proto__ for a kid': jwt({ ...HEADER, kid: '__proto__' }, claims, hmac('')),
  'constructor for a kid': jwt({ ...HEADER, kid: 'constructor' }, claims, hmac('')),
  'an extension that must be understood': jwt({ ...HEADER, crit: ['exp2'], exp2: 1 }, claims),
  'an empty crit': jwt({ ...HEADER, crit: [] }, claims),
  'a string for crit': jwt({ ...HEADER, crit: 'b64' }, claims),
  'a payload that is not encoded': jwt({ ...HEADER, b64: false, crit: ['b64'] }, claims),
  'a key that it brings itself': jwt(
    { ...HEADER, kid: 'mine', jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } },
    claims,
    hmac('mine'),
  ),
  'a key that it brings under a kid that is known': jwt(
    { ...HEADER, jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } },
    claims,
    hmac('mine'),
  ),
  'a certificate that it brings itself': jwt({ ...HEADER, alg: 'RS256', x5c: ['MIIB'] }, claims, byRsa),
  'a public key that it brings itself': jwt(
    { ...HEADER, alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) },
    claims,
    byRsa,
  ),
  'an address of keys': jwt(
    { ...HEADER, kid: 'mine', jku: 'https://evil.example/keys' },
    claims,
    hmac('mine'),
  ),
  'another token for a payload': signed(
    `${part(JSON.stringify({ ...HEADER, cty: 'JWT' }))}.${part(genuine.access_token)}`,
  ),
  'a payload in UTF-16': inOtherBytes(Buffer.from(JSON.stringify(claims), 'utf16le')),
  'a header that is a list': jwt([HEADER], claims),
  'a header that is null': jwt(JSON.parse('[null]')[0], claims),
  'a payload that is a list': jwt(HEADER, [claims]),
  'a payload that is null': jwt(HEADER, null),
  'a payload that is a string': jwt(HEADER, 'ada'),
  'a changed payload': `${header}.${Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url')}.${signature}`,
  'only its header': header,
  'its header and a dot': `${header}.`,
  'no signature': `${header}.${payload}`,
  'an empty signature': `${header}.${payload}.`,
  'half a signature': `${header}.${payload}.${signature.slice(0, 20)}`,
  'a signature that lacks a letter': genuine.access_token.slice(0, -1),
  'a signature with an appendix': `${genuine.access_token}AAAA`,
  'a signature with padding': `${genuine.access_token}=`,
  'half a payload': `${header}.${payload.slice(0, 30)}.${signature}`,
  'no payload': `${header}..${signature}`,
  'no header': `.${payload}.${signature}`,
  'nothing but dots': '..',
  'four parts': `${genuine.access_token}.${signature}`,
  'five parts, as if encrypted': `${header}.${payload}.${payload}.${payload}.${signature}`,
  'a refresh token': genuine.refresh_token,
  'sixteen kilobytes': 'a'.repeat(15_000),
})

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
