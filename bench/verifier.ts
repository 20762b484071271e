/**
 * What it costs another service to verify an access token: the first time, and when the token is remembered. The verifier
 * runs beside bare jose and beside @fastify/jwt with the keys of get-jwks, in one process and one run. All of them have the
 * keys already. A start of the verifier's module is measured in processes of its own.
 */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import fastifyJwt from '@fastify/jwt'
import Fastify, { type FastifyRequest } from 'fastify'
import buildGetJwks from 'get-jwks'
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { createVerifier } from '../src/verifier/index.ts'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { interleave, median, ratio, summary } from './rounds.ts'

const ALGORITHMS = ['EdDSA', 'ES256', 'RS256'] as const
const AUDIENCE = 'movies'
/** Signing a token takes as long as verifying it, so the tokens of the first time are made before. */
const TOKENS = 2_000
const REPEATED = 100_000

type Verify = (token: string) => Promise<unknown>

export const verifier: Benchmark = {
  name: 'verifier',
  about: 'verifying an access token in another service, beside jose and @fastify/jwt with get-jwks',
  async run(options) {
    const keys = await Promise.all(ALGORITHMS.map(keyPair))
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    try {
      const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const results: Result[] = []
      for (const key of keys) results.push(...(await ofAlgorithm(key, issuer, options)))
      return [...results, await ofHs256(issuer, options), ofStart(options)]
    } finally {
      server.closeAllConnections()
      server.close()
    }
  },
}

type Key = Awaited<ReturnType<typeof keyPair>>

async function keyPair(alg: (typeof ALGORITHMS)[number]) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), alg, kid: alg, use: 'sig' } }
}

const sign = ({ alg, privateKey }: Key, issuer: string, jti: number): Promise<string> =>
  new SignJWT(claims(issuer, jti)).setProtectedHeader({ alg, kid: alg, typ: 'at+jwt' }).sign(privateKey)

function claims(iss: string, jti: number) {
  const iat = Math.floor(Date.now() / 1_000)
  const sub = '019bc186-de00-738c-b587-e5f65ab95d6c'
  const session = { sid: 'A'.repeat(22), gen: 1, role: 'user', scope: 'movies:write' }
  const times = { iat, exp: iat + 3_600, auth_time: iat }
  return { iss, aud: AUDIENCE, sub, user_id: sub, client_id: 'tacit', jti: `${jti}`, ...session, ...times }
}

async function ofAlgorithm(key: Key, issuer: string, { rounds }: Options): Promise<Result[]> {
  const tokens = await Promise.all(Array.from({ length: TOKENS }, (_, jti) => sign(key, issuer, jti)))
  const jose = ofJose(issuer)
  // get-jwks cannot read keys of type OKP.
  const fastify = key.alg === 'EdDSA' ? undefined : await ofFastifyJwt(issuer)
  const remembering = createVerifier({ issuer, audience: AUDIENCE })
  const [token] = tokens as [string]
  const figures = await interleave(
    `verifier, ${key.alg}`,
    {
      // A verifier of its own for each round: it remembers every token.
      async first() {
        const { verify } = createVerifier({ issuer, audience: AUDIENCE })
        await verify(await sign(key, issuer, -1))
        return microseconds(verify, tokens)
      },
      jose: () => microseconds(jose, tokens),
      fastify: () => (fastify === undefined ? Promise.resolve(0) : microseconds(fastify, tokens)),
      remembered: () =>
        microseconds(
          remembering.verify,
          Array.from({ length: REPEATED }, () => token),
        ),
    },
    rounds,
  )
  const details = {
    'first µs': median(figures.first),
    'jose µs': median(figures.jose),
    '@fastify/jwt with get-jwks µs': fastify === undefined ? 'cannot' : median(figures.fastify),
  }
  return [
    {
      name: `verify ${key.alg} in another service, first time`,
      ...ratio(figures.first, figures.jose),
      unit: 'times bare jose',
      goal: { atMost: 1.2 },
      details,
    },
    {
      name: `verify ${key.alg} in another service, remembered`,
      ...summary(figures.remembered),
      unit: 'µs',
      goal: { atMost: 5 },
    },
  ]
}

/** Microseconds of one call. */
async function microseconds(verify: Verify, tokens: readonly string[]): Promise<number> {
  const before = performance.now()
  for (const token of tokens) await verify(token)
  return ((performance.now() - before) * 1_000) / tokens.length
}

function ofJose(issuer: string): Verify {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))
  const options = { issuer, audience: AUDIENCE, algorithms: [...ALGORITHMS], typ: 'at+jwt' }
  return (token) => jwtVerify(token, keys, options)
}

/** As the README of get-jwks has it, without the HTTP around it. */
async function ofFastifyJwt(issuer: string): Promise<Verify> {
  const getJwks = buildGetJwks({ issuersWhitelist: [issuer], jwksPath: '/.well-known/jwks.json' })
  const app = Fastify()
  await app.register(fastifyJwt, {
    decode: { complete: true },
    verify: { algorithms: [...ALGORITHMS], allowedIss: issuer, allowedAud: AUDIENCE, checkTyp: 'at+jwt' },
    async secret(_request: unknown, token: { header: { kid: string; alg: string } }) {
      return getJwks.getPublicKey({ kid: token.header.kid, alg: token.header.alg, domain: issuer })
    },
  } as never)
  // jwtVerify belongs to a request. The headers of this one carry each token in turn.
  let request: FastifyRequest | undefined
  app.get('/', async (each) => {
    request = each
  })
  await app.inject('/')
  const captured = request as unknown as FastifyRequest & { jwtVerify(): Promise<unknown> }
  return (token) => {
    captured.headers.authorization = `Bearer ${token}`
    return captured.jwtVerify()
  }
}

/** What the default of one service costs: an HMAC, which no other service can verify. */
async function ofHs256(issuer: string, { rounds }: Options): Promise<Result> {
  const app = Fastify()
  await app.register(fastifyJwt, {
    secret: 'a-secret-for-benchmarks-0123456789-abcdefgh',
    sign: { header: { alg: 'HS256', typ: 'at+jwt' } },
    verify: { algorithms: ['HS256'], allowedIss: issuer, allowedAud: AUDIENCE },
  })
  await app.ready()
  const tokens = Array.from({ length: TOKENS }, (_, jti) => app.jwt.sign(claims(issuer, jti)))
  const verify: Verify = async (token) => app.jwt.verify(token)
  const { service } = await interleave(
    'verifier, HS256',
    { service: () => microseconds(verify, tokens) },
    rounds,
  )
  await app.close()
  return {
    name: 'verify HS256 with @fastify/jwt, as the service itself does, first time',
    figure: median(service),
    unit: 'µs',
  }
}

/** Of the built package: `npm run build` comes first. */
function ofStart({ rounds }: Options): Result {
  const entry = fileURLToPath(new URL('../dist/src/verifier/index.js', import.meta.url))
  const script = `
    await import('fastify')
    const before = performance.now()
    const { createVerifier } = await import(${JSON.stringify(entry)})
    createVerifier({ issuer: 'https://auth.example.com' })
    process.stdout.write(String(performance.now() - before))`
  const times = Array.from({ length: rounds + 1 }, () =>
    Number(
      execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
      }),
    ),
  ).slice(1)
  return {
    name: 'start of the verifier, after Fastify',
    figure: median(times),
    unit: 'ms',
    spread: [Math.min(...times), Math.max(...times)],
    goal: { atMost: 150 },
  }
}
