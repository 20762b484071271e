import { gzipSync } from 'node:zlib'
import t from 'tap'
import { createVerifier, type VerifierOptions } from '../../src/verifier/index.ts'
import { usableKeys } from '../../src/verifier/key-set.ts'
import { type MovableClock, movableClock } from '../support/clock.ts'
import { claimsAt, type Issuer, issuerOf, json, keyPair, type Respond, signedBy } from '../support/issuer.ts'

const pair = await keyPair()
const next = await keyPair('ES256')
const ISSUER = 'https://auth.example.com'
const COOLDOWN = 10
const MAX_AGE = 300
const DAY = 86_400

interface Watched {
  readonly lines: string[]
  readonly log: NonNullable<VerifierOptions['log']>
}

function watched(): Watched {
  const lines: string[] = []
  const write = (_details: object, message: string) => lines.push(message)
  return { lines, log: { info: write, warn: write } }
}

const verifierOf = ({ url }: Issuer, clock: MovableClock, more: Partial<VerifierOptions> = {}) =>
  createVerifier({ issuer: ISSUER, audience: 'movies', url, clock, ...more })

/** A new token, which no verifier remembers. */
const tokenOf = (clock: MovableClock, by = pair) =>
  signedBy(by, claimsAt(clock.now(), { exp: Math.floor(clock.now() / 1_000) + 10 * DAY }))

const bytes =
  (count: number): Respond =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.write('{"keys":[')
    let sent = 0
    const chunk = Buffer.alloc(65_536, ' ')
    const more = () => {
      while (sent < count && !response.destroyed) {
        sent += chunk.length
        if (!response.write(chunk)) return response.once('drain', more)
      }
      return response.end(']}')
    }
    more()
  }

const broken: Record<string, readonly [Respond, RegExp]> = {
  'answers 500': [
    (_request, response) => response.writeHead(500).end('{"keys":[]}'),
    /it answered with status 500$/,
  ],
  'answers 204': [(_request, response) => response.writeHead(204).end(), /it answered with status 204$/],
  'answers HTML': [
    (_request, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end('<p>'),
    /its answer is "text\/html", not application\/json or application\/jwk-set\+json$/,
  ],
  'answers without a media type': [
    (_request, response) => response.end('{"keys":[]}'),
    /its answer is "", not application\/json/,
  ],
  redirects: [
    (_request, response) => response.writeHead(302, { location: 'https://evil.example/keys' }).end(),
    /it answered with status 302$/,
  ],
  'answers ten megabytes': [bytes(10_000_000), /its answer is larger than 262144 bytes$/],
  'answers ten compressed megabytes': [
    (_request, response) =>
      response
        .setHeader('content-type', 'application/json')
        .setHeader('content-encoding', 'gzip')
        .end(gzipSync(Buffer.alloc(10_000_000, ' '))),
    /its answer is larger than 262144 bytes$/,
  ],
  'answers text that is no JSON': [
    (_request, response) => response.setHeader('content-type', 'application/json').end('{"keys":['),
    /its answer is no JSON$/,
  ],
  'answers JSON that is no key set': [json({ jwks: [] }), /its answer is no key set$/],
  'answers null': [json(null), /its answer is no key set$/],
  'drops the connection': [
    (request) => request.socket.destroy(),
    /it cannot be reached \((UND_ERR_SOCKET|ECONNRESET)\)$/,
  ],
  'drops the connection within its answer': [
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{"keys":[', () => response.destroy())
    },
    /its answer broke off$/,
  ],
  'never answers': [() => {}, /it did not answer in time$/],
  'never ends its answer': [
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{"keys":[')
    },
    /it did not answer in time$/,
  ],
}

for (const [what, [respond, message]] of Object.entries(broken)) {
  t.test(`refuses with 503 while the key set ${what}, and recovers`, async (t) => {
    const clock = movableClock()
    const issuer = await issuerOf(t, pair)
    const { respond: good } = issuer
    const { lines, log } = watched()
    const timeoutMs = what.startsWith('never') ? 500 : 60_000
    const verifier = verifierOf(issuer, clock, { log, timeoutMs })
    const token = await tokenOf(clock)
    issuer.respond = respond
    const refusal = {
      name: 'AuthError',
      code: 'VERIFIER_UNAVAILABLE',
      statusCode: 503,
      retryAfterSeconds: 10,
    }
    await t.rejects(verifier.verify(token), refusal)
    t.match(lines, [message])
    t.match(lines, [/^The key set cannot be fetched: /])

    issuer.respond = good
    await t.rejects(verifier.verify(token), { code: 'VERIFIER_UNAVAILABLE' }, 'it waits for the cooldown')
    t.equal(issuer.requests.length, 1)
    clock.advance(COOLDOWN)
    t.equal((await verifier.verify(token)).iss, ISSUER)
    t.strictSame(issuer.requests, ['/.well-known/jwks.json', '/.well-known/jwks.json'])
    t.equal(lines.length, 1)
  })
}

t.test('refuses with 503 while the issuer does not listen', async (t) => {
  const issuer = await issuerOf(t)
  await issuer.close()
  const verifier = verifierOf(issuer, movableClock())
  await t.rejects(verifier.verify(await tokenOf(movableClock())), { code: 'VERIFIER_UNAVAILABLE' })
})

t.test('refuses with 503 and says why if the key set has no usable key', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t)
  const { lines, log } = watched()
  const verifier = verifierOf(issuer, clock, { log })
  await t.rejects(verifier.verify(await tokenOf(clock)), { code: 'VERIFIER_UNAVAILABLE' })
  t.match(lines, [/^The key set has no public key for signatures\. Set ACCESS_TOKEN_ALG of the service/])
})

t.test('takes only public keys for signatures from a key set', async (t) => {
  const { kty, crv, x } = pair.jwk
  const publicKey = { kty, crv, x }
  const usable = [publicKey, { ...publicKey, use: 'sig' }, { ...publicKey, key_ops: ['verify'] }]
  const others = [
    ...[
      { ...publicKey, use: 'enc' },
      { ...publicKey, key_ops: ['encrypt'] },
      { ...publicKey, key_ops: 'verify' },
    ],
    ...[{ ...publicKey, d: x }, { kty: 'oct', k: x }, { kty: 'RSA', n: 'AQ', e: 'AQAB', p: 'AQ' }, null, 1],
  ]
  t.strictSame(usableKeys({ keys: [...usable, ...others] }), usable)
})

t.test('fetches the key set from jwksUri', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  const jwksUri = `${issuer.url}/keys?of=auth`
  const verifier = createVerifier({ issuer: ISSUER, audience: 'movies', jwksUri, clock })
  await verifier.verify(await tokenOf(clock))
  t.strictSame(issuer.requests, ['/keys?of=auth'])
})

t.test('fetches once for tokens that arrive together', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  const verifier = verifierOf(issuer, clock)
  const tokens = await Promise.all(Array.from({ length: 50 }, () => tokenOf(clock)))
  await Promise.all(tokens.map((token) => verifier.verify(token)))
  t.equal(issuer.requests.length, 1)
})

t.test('fetches once for a key that the issuer has published since', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  const verifier = verifierOf(issuer, clock)
  const before = await tokenOf(clock)
  await verifier.verify(before)
  issuer.respond = json({ keys: [pair.jwk, next.jwk] })
  clock.advance(COOLDOWN)
  const after = await Promise.all(Array.from({ length: 20 }, () => tokenOf(clock, next)))
  await Promise.all(after.map((token) => verifier.verify(token)))
  for (const token of [before, ...after, await tokenOf(clock, next)]) t.ok(await verifier.verify(token))
  t.equal(issuer.requests.length, 2)
})

t.test('fetches once a cooldown for a thousand tokens of unknown keys', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  // A busy machine verifies a thousand tokens while a fetch waits.
  const verifier = verifierOf(issuer, clock, { timeoutMs: 60_000 })
  await verifier.verify(await tokenOf(clock))
  const claims = claimsAt(clock.now())
  const forged = await Promise.all(
    Array.from({ length: 1_000 }, (_, index) => signedBy(next, claims, { kid: `${index}` })),
  )
  for (const seconds of [1, 8, 1, 5, 5]) {
    clock.advance(seconds)
    const results = await Promise.allSettled(forged.map((token) => verifier.verify(token)))
    t.equal(
      results.filter((result) => (result as { reason?: { code: string } }).reason?.code === 'TOKEN_INVALID')
        .length,
      1_000,
    )
  }
  t.equal(issuer.requests.length, 3, 'at the start, after ten seconds and after twenty')
})

t.test('verifies with known keys while the issuer is down, for a day', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  const { respond: good } = issuer
  const { lines, log } = watched()
  const verifier = verifierOf(issuer, clock, { log })
  await verifier.verify(await tokenOf(clock))
  issuer.respond = (request) => request.socket.destroy()
  clock.advance(MAX_AGE)
  t.ok(await verifier.verify(await tokenOf(clock)))
  t.equal(issuer.requests.length, 2)
  await t.rejects(
    verifier.verify(await tokenOf(clock, next)),
    { code: 'VERIFIER_UNAVAILABLE' },
    'the key may be new',
  )
  clock.advance(DAY - COOLDOWN)
  t.ok(await verifier.verify(await tokenOf(clock)))
  clock.advance(COOLDOWN)
  await t.rejects(verifier.verify(await tokenOf(clock)), { code: 'VERIFIER_UNAVAILABLE' })
  t.ok(lines.every((line) => line.startsWith('The key set cannot be fetched: ')))
  issuer.respond = good
  clock.advance(COOLDOWN)
  t.ok(await verifier.verify(await tokenOf(clock)))
})

t.test('does not wait for an issuer that hangs, if it was down before', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  const verifier = verifierOf(issuer, clock)
  await verifier.verify(await tokenOf(clock))
  issuer.respond = (request) => request.socket.destroy()
  clock.advance(MAX_AGE)
  t.ok(await verifier.verify(await tokenOf(clock)))
  issuer.respond = () => {}
  clock.advance(COOLDOWN)
  t.ok(await verifier.verify(await tokenOf(clock)))
  await verifier.close()
})

t.test('forgets remembered tokens when their key is withdrawn', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair, next)
  const verifier = verifierOf(issuer, clock)
  const withdrawn = await tokenOf(clock)
  const kept = await tokenOf(clock, next)
  for (const token of [withdrawn, kept]) await verifier.verify(token)
  issuer.respond = json({ keys: [next.jwk] })
  clock.advance(MAX_AGE)
  t.ok(await verifier.verify(withdrawn), 'the fetch goes on in the background')
  t.ok(await verifier.verify(await tokenOf(clock, next)), 'waits for the fetch')
  await t.rejects(verifier.verify(withdrawn), { code: 'TOKEN_INVALID' })
  t.ok(await verifier.verify(kept))
  t.equal(issuer.requests.length, 2)
})

t.test('refuses tokens with 503 after it was closed', async (t) => {
  const clock = movableClock()
  const issuer = await issuerOf(t, pair)
  issuer.respond = () => {}
  const verifier = verifierOf(issuer, clock)
  const waiting = t.rejects(verifier.verify(await tokenOf(clock)), { code: 'VERIFIER_UNAVAILABLE' })
  await verifier.close()
  await waiting
  await t.rejects(verifier.verify(await tokenOf(clock)), { code: 'VERIFIER_UNAVAILABLE' })

  const known = verifierOf(await issuerOf(t, pair), clock)
  const token = await tokenOf(clock)
  await known.verify(token)
  await known.close()
  await t.rejects(known.verify(token), { code: 'VERIFIER_UNAVAILABLE' }, 'also a remembered one')
})
