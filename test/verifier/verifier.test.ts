import { createHmac, createPublicKey, KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { exportJWK } from 'jose'
import t from 'tap'
import { createVerifier, type VerifierOptions } from '../../src/verifier/index.ts'
import { buildApp, signUp } from '../support/app.ts'
import { movableClock } from '../support/clock.ts'
import { claimsAt, issuerOf, json, keyPair, type Pair, signedBy } from '../support/issuer.ts'
import { run } from '../support/outside-run.ts'
import { claimsOf, fetchTokens, hmac, jwt } from '../support/tokens.ts'
import { wrongTokens } from '../support/wrong-tokens.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const clock = movableClock()
const ISSUER = 'https://auth.example.com'
const pair = await keyPair()
const rsa = await keyPair('RS256')
const issuer = await issuerOf(t, pair, rsa)

const options: VerifierOptions = { issuer: ISSUER, audience: 'movies', url: issuer.url, clock }
const verifier = createVerifier(options)
const claims = claimsAt(clock.now())
const headerOf = ({ alg, kid }: Pair) => ({ alg, typ: 'at+jwt', kid })

const signEd = (input: string) =>
  sign(null, Buffer.from(input), KeyObject.from(pair.privateKey)).toString('base64url')

/** A real refresh token, which no verifier of access tokens accepts. */
const service = await buildApp(t, { environment: { ACCESS_TOKEN_ALG: 'ES256' }, clock })
await signUp(service)
const tokens = await fetchTokens(service)

for (const [what, token] of Object.entries(
  wrongTokens({
    ...{ token: await signedBy(pair, claims), refreshToken: tokens.refresh_token },
    ...{ header: headerOf(pair), claims, sign: signEd, seconds: clock.now() / 1_000 },
  }),
)) {
  t.test(`rejects an access token with ${what}`, async (t) => {
    await t.rejects(verifier.verify(token), { name: 'AuthError', code: 'TOKEN_INVALID', statusCode: 401 })
  })
}

for (const keys of [pair, rsa]) {
  const publicKey = createPublicKey({ key: { ...keys.jwk }, format: 'jwk' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
  const secrets: Record<string, string | Buffer> = {
    ...{ PEM: pem, 'PEM without a line break at its end': pem.trim(), JWK: JSON.stringify(keys.jwk) },
    DER: publicKey.export({ type: 'spki', format: 'der' }),
    'its public number': Buffer.from(keys.jwk.x ?? keys.jwk.n ?? '', 'base64url'),
  }
  for (const [form, secret] of Object.entries(secrets)) {
    for (const hash of ['sha256', 'sha512']) {
      const alg = `HS${hash.slice(3)}`
      t.test(`rejects ${alg} with the ${keys.alg} key as a secret in the form ${form}`, async (t) => {
        for (const header of [{ ...headerOf(keys), alg }, headerOf(keys)]) {
          const forged = jwt(header, claims, hmac(secret, hash))
          await t.rejects(verifier.verify(forged), { code: 'TOKEN_INVALID' })
        }
      })
    }
  }
}

t.test('accepts a token that differs from the forged ones in nothing but the forgery', async (t) => {
  const seconds = clock.now() / 1_000
  for (const token of [
    await signedBy(pair, claims),
    await signedBy(rsa, claims),
    jwt(headerOf(pair), claims, signEd),
    await signedBy(pair, { ...claims, nbf: seconds }),
    await signedBy(pair, { ...claims, aud: ['movies', 'books'] }),
    await signedBy(pair, claims, { typ: 'application/at+jwt' }),
  ]) {
    t.match(await verifier.verify(token), { sub: claims.sub, sid: claims.sid })
  }
})

t.test('ignores keys that a token brings or points at', async (t) => {
  const mine = await keyPair()
  let calls = 0
  const keys = createServer((_request, response) => {
    calls += 1
    json({ keys: [mine.jwk] })(_request, response)
  }).listen(0, '127.0.0.1')
  t.teardown(() => keys.close())
  await once(keys, 'listening')
  const address = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`
  for (const header of [{ jwk: mine.jwk }, { jku: address }, { x5u: address }, { x5c: ['MIIB'] }]) {
    for (const { kid } of [mine, pair]) {
      const forged = await signedBy(mine, claims, { ...header, kid })
      await t.rejects(verifier.verify(forged), { code: 'TOKEN_INVALID' }, JSON.stringify(header))
    }
    t.ok(await verifier.verify(await signedBy(pair, claims, header)), 'a genuine token may have them')
  }
  t.equal(calls, 0)
})

t.test('reports an expired token as expired, and a malformed one as invalid', async (t) => {
  const now = clock.now()
  const expired = { ...claims, exp: now / 1_000 }
  await t.rejects(verifier.verify(await signedBy(pair, expired)), { code: 'TOKEN_EXPIRED' })
  await t.rejects(verifier.verify(await signedBy(pair, { ...expired, sid: 1 })), { code: 'TOKEN_INVALID' })
  const tolerant = createVerifier({ ...options, clockToleranceSeconds: 5 })
  const token = await signedBy(pair, { ...claims, exp: now / 1_000 - 4 })
  t.equal((await tolerant.verify(token)).sub, claims.sub)
  const older = await signedBy(pair, { ...claims, exp: now / 1_000 - 5 })
  await t.rejects(tolerant.verify(older), { code: 'TOKEN_EXPIRED' })
})

t.test('rejects a remembered token once it has expired', async (t) => {
  const clock = movableClock()
  const verifier = createVerifier({ ...options, clock })
  const token = await signedBy(pair, claimsAt(clock.now()))
  const found = await verifier.verify(token)
  t.equal(await verifier.verify(token), found, 'it was remembered')
  t.ok(Object.isFrozen(found))
  clock.advance(899)
  t.equal(await verifier.verify(token), found)
  clock.advance(1)
  await t.rejects(verifier.verify(token), { code: 'TOKEN_EXPIRED' })
})

t.test('reports a missing token as missing, and one that is too long as invalid', async (t) => {
  for (const token of ['', undefined, null, 1] as unknown as string[])
    await t.rejects(verifier.verify(token), { code: 'TOKEN_MISSING' })
  await t.rejects(verifier.verify(`${await signedBy(pair, claims)}${'A'.repeat(17_000)}`), {
    code: 'TOKEN_INVALID',
  })
})

t.test('remembers no more tokens than cacheSize', async (t) => {
  const verifier = createVerifier({ ...options, cacheSize: 1 })
  const [one, other] = [await signedBy(pair, claims), await signedBy(pair, claimsAt(clock.now()))]
  const found = await verifier.verify(one)
  t.equal(await verifier.verify(one), found)
  await verifier.verify(other)
  t.not(await verifier.verify(one), found)
})

t.test('pins the algorithms that it is given', async (t) => {
  const verifier = createVerifier({ ...options, algorithms: ['EdDSA'] })
  t.ok(await verifier.verify(await signedBy(pair, claims)))
  await t.rejects(verifier.verify(await signedBy(rsa, claims)), { code: 'TOKEN_INVALID' })
})

t.test('uses no key that is not a public key for signatures', async (t) => {
  const encryption = await keyPair('RS256')
  const inside = await keyPair()
  const other = await keyPair('ES256')
  const symmetric = { kty: 'oct', kid: 'oct', k: Buffer.from('secret').toString('base64url') }
  const encrypting = { ...encryption.jwk, use: 'enc' }
  const keys = [
    ...[symmetric, encrypting, { ...(await exportJWK(inside.privateKey)), kid: inside.kid }],
    ...[
      { ...other.jwk, alg: 'ES384' },
      { ...rsa.jwk, key_ops: ['encrypt'] },
      { ...pair.jwk, key_ops: 'verify' },
    ],
    ...[null, 1, 'key', {}],
  ]
  const strange = await issuerOf(t)
  strange.respond = json({ keys: [...keys, (await keyPair()).jwk] })
  const verifier = createVerifier({ ...options, url: strange.url })
  for (const each of [encryption, inside, other, rsa, pair]) {
    await t.rejects(verifier.verify(await signedBy(each, claims)), { code: 'TOKEN_INVALID' }, each.alg)
  }
  const byOct = jwt({ alg: 'HS256', typ: 'at+jwt', kid: 'oct' }, claims, (input) =>
    createHmac('sha256', 'secret').update(input).digest('base64url'),
  )
  await t.rejects(verifier.verify(byOct), { code: 'TOKEN_INVALID' })
})

t.test('tries each key of an ambiguous name', async (t) => {
  const [one, two, stranger] = [await keyPair(), await keyPair(), await keyPair()]
  const ambiguous = await issuerOf(t)
  ambiguous.respond = json({ keys: [one, two].map(({ jwk }) => ({ ...jwk, kid: 'same' })) })
  const verifier = createVerifier({ ...options, url: ambiguous.url })
  for (const each of [one, two])
    t.ok(await verifier.verify(await signedBy(each, claimsAt(clock.now()), { kid: 'same' })))
  const forged = await signedBy(stranger, claims, { kid: 'same' })
  await t.rejects(verifier.verify(forged), { code: 'TOKEN_INVALID' })
  const expired = await signedBy(two, { ...claims, exp: clock.now() / 1_000 }, { kid: 'same' })
  await t.rejects(verifier.verify(expired), { code: 'TOKEN_EXPIRED' })
})

t.test('verifies tokens of the service by its key set', async (t) => {
  const url = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const verifier = createVerifier({ issuer: 'http://localhost', url, clock })
  const found = await verifier.verify(tokens.access_token)
  t.strictSame({ ...found }, claimsOf(tokens.access_token))
  await t.rejects(verifier.verify(tokens.refresh_token), { code: 'TOKEN_INVALID' })
})

const wrongOptions: readonly (readonly [object, RegExp])[] = [
  [{ isuer: 'x' }, /^The option "isuer" does not exist\. Did you mean issuer\?$/],
  [
    { revocations: { clientID: 'x' } },
    /^The option of revocations "clientID" does not exist\. Did you mean clientId\?$/,
  ],
  [{ issuer: '' }, /^issuer must be a text/],
  [{ issuer: undefined }, /^issuer must be a text/],
  [{ audience: 1 }, /^audience must be a text/],
  [{ url: 'movies' }, /^url must be a URL/],
  [{ url: undefined, issuer: 'movies' }, /^issuer must be a URL/],
  [{ url: 'ftp://auth.example.com' }, /^url must be a URL/],
  [{ url: 'https://ada:secret@auth.example.com' }, /^url must be a URL such as \S+, without credentials$/],
  [{ url: 'http://auth.example.com' }, /^url: http:\/\/auth\.example\.com has no TLS.*insecureHttp: true/],
  [{ jwksUri: 'http://auth.example.com/keys' }, /^jwksUri: .* has no TLS/],
  [{ algorithms: ['HS256'] }, /^algorithms: "HS256" is not accepted\. Use EdDSA, ES256, RS256/],
  [{ algorithms: ['none'] }, /^algorithms: "none"/],
  [{ algorithms: [] }, /^algorithms must be a list/],
  [{ algorithms: 'EdDSA' }, /^algorithms must be a list/],
  [{ clockToleranceSeconds: -1 }, /^clockToleranceSeconds must be a whole number from 0 to 300$/],
  [{ clockToleranceSeconds: 301 }, /^clockToleranceSeconds/],
  [{ cacheSize: 0 }, /^cacheSize/],
  [{ timeoutMs: 1.5 }, /^timeoutMs/],
  [{ cooldownMs: '1s' }, /^cooldownMs/],
  [{ maxAgeMs: Number.NaN }, /^maxAgeMs/],
  [{ revocations: 'closed' }, /^revocations must be an object/],
  [{ revocations: { clientId: 'x' } }, /^revocations\.clientSecret must be a text/],
  [
    { revocations: { clientId: 'x', clientSecret: 's3cret', fail: 'opne' } },
    /^revocations\.fail must be 'open' or 'closed'$/,
  ],
  [
    { revocations: { clientId: 'x', clientSecret: 's3cret', onState: 1 } },
    /^revocations\.onState must be a function$/,
  ],
]
for (const [change, message] of wrongOptions) {
  t.test(`refuses the options ${JSON.stringify(change)} with a sentence`, async (t) => {
    t.throws(() => createVerifier({ ...options, ...change }), { name: 'TypeError', message })
  })
}

t.test('refuses options that are no object', async (t) => {
  for (const wrong of [undefined, null, 'https://auth.example.com', []])
    t.throws(() => createVerifier(wrong as never), { message: /^The options must be an object/ })
})

t.test('accepts URLs without TLS for this machine, and others with insecureHttp', async (t) => {
  for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'auth.localhost'])
    t.ok(createVerifier({ issuer: `http://${host}` }), host)
  t.ok(createVerifier({ issuer: 'http://auth.internal:3000', insecureHttp: true }))
  t.ok(createVerifier({ issuer: 'https://auth.example.com/account/' }))
})

t.test('loads no native module, no database and no library that it does not need', async (t) => {
  const entry = new URL('../../src/verifier/index.ts', import.meta.url).href
  const script = `
    import { registerHooks } from 'node:module'
    const urls = []
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context) } })
    await import(${JSON.stringify(entry)})
    process.stdout.write(JSON.stringify(urls))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: ROOT })
  const urls: string[] = JSON.parse(stdout)
  t.strictSame(
    urls.filter((url) => url.endsWith('.node')),
    [],
  )
  const packages = urls.map((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1])
  t.strictSame([...new Set(packages.filter((name) => name !== undefined))].sort(), [
    'eventsource-parser',
    'fastest-levenshtein',
    'fastify-plugin',
    'jose',
    'lru-cache',
    'p-limit',
    'yocto-queue',
  ])
  const folders = urls.map((url) => /\/(src|plugins|routes)\/(.+)\/[^/]+$/.exec(url)?.[2])
  t.strictSame(
    [...new Set(folders.filter((name) => name !== undefined))].sort(),
    ['access', 'hooks', 'http', 'openapi', 'protocol', 'schemas', 'store', 'verifier'],
    'of store/ only names',
  )
})
