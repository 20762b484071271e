import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import t, { type Test } from 'tap'
import { createVerifier, type RevocationOptions, type VerifierOptions } from '../../src/verifier/index.ts'
import { movableClock } from '../support/clock.ts'
import { claimsAt, json, keyPair, signedBy } from '../support/issuer.ts'
import { type RevokingIssuer, revokingIssuer } from '../support/revoking-issuer.ts'

const pair = await keyPair()
const ISSUER = 'https://auth.example.com'
const SECRET = 'a secret: of 100%'
const CREDENTIALS = `Basic ${Buffer.from('movies:a+secret%3A+of+100%25').toString('base64')}`
const inactive = { name: 'AuthError', code: 'TOKEN_EXPIRED', statusCode: 401, reason: 'inactive' }
const unavailable = { name: 'AuthError', code: 'VERIFIER_UNAVAILABLE', statusCode: 503, retryAfterSeconds: 1 }

/** The lines of all verifiers of this file. */
const logged: string[] = []

/** Waits until a condition holds that an event on a socket brings about. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}

async function verifying(
  t: Test,
  { fail, ...more }: Partial<VerifierOptions> & Pick<RevocationOptions, 'fail'> = {},
  prepare: (issuer: RevokingIssuer) => void = () => {},
) {
  const clock = movableClock()
  const issuer = await revokingIssuer(t, pair)
  prepare(issuer)
  const lines: string[] = []
  const states: string[] = []
  const write = (details: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(details)}`)
    logged.push(inspect({ details, message }, { depth: 9 }))
  }
  const verifier = createVerifier({
    ...{ issuer: ISSUER, audience: 'movies', url: issuer.url, clock, log: { info: write, warn: write } },
    ...more,
    revocations: {
      ...{ clientId: 'movies', clientSecret: SECRET },
      ...(fail && { fail }),
      onState: (state) => states.push(state),
    },
  })
  t.teardown(() => verifier.close())
  const isIn = (state: string) => until(() => states.at(-1) === state)
  const tokenOf = (change: object = {}) => signedBy(pair, claimsAt(clock.now(), change))
  /** A change that the verifier has heard: then it asks about the token. */
  const heard = async (token: string, change: Parameters<RevokingIssuer['tell']>[0]) => {
    const before = issuer.introspections.length
    issuer.tell(change)
    while (issuer.introspections.length === before) {
      await verifier.verify(token).catch(() => {})
      await sleep(5)
    }
  }
  return { clock, issuer, verifier, lines, states, isIn, tokenOf, heard }
}

const activeFor: RevokingIssuer['introspect'] = (_token, response) =>
  json({ active: true })(undefined as never, response)
const inactiveFor: RevokingIssuer['introspect'] = (_token, response) =>
  json({ active: false })(undefined as never, response)

t.test('asks once about a token of before the first connection, and trusts later ones', async (t) => {
  const { clock, issuer, verifier, isIn, tokenOf } = await verifying(t)
  await isIn('up')
  const token = await tokenOf()
  const found = await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token)))
  t.equal(found.length, 20)
  t.strictSame(issuer.introspections, [{ token, authorization: CREDENTIALS }])
  await verifier.verify(token)
  clock.advance(60)
  await verifier.verify(await tokenOf())
  t.equal(issuer.introspections.length, 1)
})

t.test('asks once about a token whose signature is verified twice at the same time', async (t) => {
  const { issuer, verifier, isIn, tokenOf } = await verifying(t)
  await isIn('up')
  const token = await tokenOf()
  const gates: (() => void)[] = []
  const { verify } = crypto.subtle
  t.teardown(() => Reflect.deleteProperty(crypto.subtle, 'verify'))
  Object.defineProperty(crypto.subtle, 'verify', {
    configurable: true,
    async value(...given: Parameters<typeof verify>) {
      await new Promise<void>((resolve) => gates.push(resolve))
      return verify.apply(crypto.subtle, given)
    },
  })
  const [first, second] = [verifier.verify(token), verifier.verify(token)]
  await until(() => gates.length === 2)
  gates[0]?.()
  await first
  gates[1]?.()
  await second
  t.equal(issuer.introspections.length, 1)
})

for (const change of [
  { of: 'session', id: claimsAt(0).sid },
  { of: 'user', id: claimsAt(0).sub },
  'everything',
] as const) {
  t.test(`refuses an ended session after the stream has told of ${JSON.stringify(change)}`, async (t) => {
    const { clock, issuer, verifier, isIn, tokenOf, heard } = await verifying(t)
    await isIn('up')
    clock.advance(60)
    const token = await tokenOf()
    await verifier.verify(token)
    t.equal(issuer.introspections.length, 0)
    issuer.introspect = inactiveFor
    await heard(token, change)
    await t.rejects(verifier.verify(token), inactive)
    await t.rejects(verifier.verify(token), inactive)
    t.equal(issuer.introspections.length, 1, 'the answer is remembered')
  })
}

t.test('accepts a suspect token again that the service calls active', async (t) => {
  const { clock, issuer, verifier, isIn, tokenOf, heard } = await verifying(t)
  await isIn('up')
  clock.advance(60)
  const token = await tokenOf()
  await verifier.verify(token)
  await heard(token, { of: 'user', id: claimsAt(0).sub })
  t.ok(await verifier.verify(token))
  t.equal(issuer.introspections.length, 1)
})

t.test('asks again when a change comes while the service answers', async (t) => {
  const { clock, issuer, verifier, isIn, tokenOf, heard } = await verifying(t)
  await isIn('up')
  const [token, witness] = [await tokenOf(), await tokenOf()]
  await verifier.verify(witness)
  issuer.introspect = (_token, response) => {
    issuer.introspect = inactiveFor
    // The answer of before the change arrives after it.
    heard(witness, { of: 'session', id: claimsAt(0).sid }).then(() => activeFor(token, response))
  }
  await t.rejects(verifier.verify(token), inactive)
  t.equal(issuer.introspections.filter((each) => each.token === token).length, 2)
  t.equal(clock.monotonic(), 0)
})

t.test('gives up on a token that changes with each question', async (t) => {
  const { issuer, verifier, isIn, tokenOf, heard } = await verifying(t)
  await isIn('up')
  const [token, witness] = [await tokenOf(), await tokenOf()]
  await verifier.verify(witness)
  issuer.introspect = (asked, response) => {
    if (asked === witness) activeFor(asked, response)
    else heard(witness, 'everything').then(() => activeFor(asked, response))
  }
  await t.rejects(verifier.verify(token), unavailable)
  t.equal(issuer.introspections.filter((each) => each.token === token).length, 3)
})

const silent: Record<string, readonly [RevokingIssuer['introspect'], RegExp]> = {
  'answers 401': [(_token, response) => response.writeHead(401).end(), /it answered with status 401/],
  'answers 500': [(_token, response) => response.writeHead(500).end(), /it answered with status 500/],
  'answers HTML': [(_token, response) => response.end('<p>'), /its answer is ""/],
  'answers something else': [
    (_token, response) => json({ active: 'yes' })(undefined as never, response),
    /its answer is no introspection/,
  ],
  'answers null': [
    (_token, response) => json(null)(undefined as never, response),
    /its answer is no introspection/,
  ],
  'never answers': [() => {}, /it did not answer in time/],
  'drops the connection': [(_token, response) => response.destroy(), /it cannot be reached/],
}
for (const [what, [introspect, message]] of Object.entries(silent)) {
  for (const fail of ['open', 'closed'] as const) {
    t.test(
      `refuses a suspect token with 503 while the service ${what} (${fail}), and recovers`,
      async (t) => {
        const { issuer, verifier, isIn, tokenOf, lines } = await verifying(t, {
          fail,
          timeoutMs: what.startsWith('never') ? 500 : 60_000,
        })
        await isIn('up')
        const { introspect: good } = issuer
        issuer.introspect = introspect
        const token = await tokenOf()
        await t.rejects(verifier.verify(token), unavailable)
        await t.rejects(verifier.verify(token), unavailable)
        const told = lines.filter((line) => line.startsWith('The service does not say'))
        t.equal(told.length, 1, 'once for an outage')
        t.match(told, [message])
        issuer.introspect = good
        t.ok(await verifier.verify(token))
        t.match(lines.at(-1), /^The service answers again whether tokens are active/)
      },
    )
  }
}

t.test('fails closed by default: asks about each request while the stream is down', async (t) => {
  const { clock, issuer, verifier, isIn, tokenOf, lines } = await verifying(t, {}, (issuer) =>
    issuer.closeStreams(),
  )
  await isIn('down')
  const token = await tokenOf()
  await Promise.all([verifier.verify(token), verifier.verify(token)])
  t.equal(issuer.introspections.length, 1)
  clock.advance(1)
  await verifier.verify(token)
  t.equal(issuer.introspections.length, 1, 'the answer counts for a second')
  clock.advance(0.001)
  issuer.introspect = inactiveFor
  await t.rejects(verifier.verify(token), inactive)
  t.match(
    lines.join('\n'),
    /The stream of revocations is down\. The service is asked about the token of each/,
  )
})

t.test('fails closed: refuses with 503 while neither stream nor introspection answer', async (t) => {
  const { issuer, verifier, isIn, tokenOf } = await verifying(t, {}, (issuer) => issuer.closeStreams())
  await isIn('down')
  issuer.introspect = (_token, response) => response.destroy()
  await t.rejects(verifier.verify(await tokenOf()), unavailable)
})

t.test('fails open: accepts tokens until they expire while the stream is down', async (t) => {
  const { clock, issuer, verifier, isIn, tokenOf, lines, heard } = await verifying(t, { fail: 'open' })
  await isIn('up')
  clock.advance(60)
  const [ended, other] = [await tokenOf(), await tokenOf({ sid: 'B'.repeat(22) })]
  for (const token of [ended, other]) await verifier.verify(token)
  issuer.introspect = inactiveFor
  await heard(ended, { of: 'session', id: claimsAt(0).sid })
  issuer.closeStreams()
  await isIn('down')
  t.ok(await verifier.verify(other))
  await t.rejects(verifier.verify(ended), inactive, 'what is known stays refused')
  t.equal(issuer.introspections.length, 1)
  clock.advance(900)
  await t.rejects(verifier.verify(other), { code: 'TOKEN_EXPIRED', reason: undefined })
  t.match(lines.join('\n'), /is down\. Tokens of ended sessions are accepted until they expire\./)
})

t.test('hears of changes again after the stream was down, and reports its states', async (t) => {
  const { issuer, isIn, states, lines } = await verifying(t)
  await isIn('up')
  issuer.closeStreams()
  await isIn('down')
  issuer.openStreams()
  await isIn('up')
  t.equal(states[0], 'up')
  t.ok(states.includes('down'))
  t.ok(lines.some((line) => line.startsWith('The stream of revocations is up')))
})

t.test('goes on if onState throws', async (t) => {
  const issuer = await revokingIssuer(t, pair)
  const lines: string[] = []
  const write = (_details: object, message: string) => lines.push(message)
  const verifier = createVerifier({
    ...{ issuer: ISSUER, audience: 'movies', url: issuer.url, log: { info: write, warn: write } },
    revocations: {
      ...{ clientId: 'movies', clientSecret: SECRET },
      onState() {
        throw new Error('broken')
      },
    },
  })
  t.teardown(() => verifier.close())
  await until(() => lines.includes('revocations.onState has thrown'))
  const token = await signedBy(pair, claimsAt(Date.now()))
  t.ok(await verifier.verify(token))
})

t.test('bounds the number of questions, and refuses the rest with 503', async (t) => {
  // Without the bound, the first refusal comes after this time, for another reason.
  const { issuer, verifier, isIn, tokenOf } = await verifying(t, { timeoutMs: 20_000 })
  await isIn('up')
  const waiting: (() => void)[] = []
  issuer.introspect = (_token, response) =>
    waiting.push(() => json({ active: true })(undefined as never, response))
  const tokens = await Promise.all(Array.from({ length: 1_100 }, () => tokenOf()))
  const refused: unknown[] = []
  const results = tokens.map((token) => verifier.verify(token).catch((error) => refused.push(error)))
  await until(() => refused.length > 0 && waiting.length === 32)
  t.match(refused[0], { ...unavailable, cause: { message: '1000 questions are waiting' } })
  issuer.introspect = (_token, response) => json({ active: true })(undefined as never, response)
  for (const answer of waiting) answer()
  await Promise.all(results)
  t.equal(refused.length, 1_100 - 1_032)
})

t.test('ends questions and the stream when it is closed', async (t) => {
  const { issuer, verifier, isIn, tokenOf } = await verifying(t)
  await isIn('up')
  const asked = new Promise<void>((resolve) => {
    issuer.introspect = () => resolve()
  })
  const refused = t.rejects(verifier.verify(await tokenOf()), unavailable)
  await asked
  await verifier.close()
  await refused
  await t.rejects(verifier.verify(await tokenOf()), { code: 'VERIFIER_UNAVAILABLE' })
  await verifier.close()
})

t.test('logs neither the secret nor a token', async (t) => {
  t.ok(logged.length > 20)
  for (const secret of [SECRET, CREDENTIALS.slice('Basic '.length), 'eyJ'])
    t.notMatch(logged.join('\n'), secret)
})
