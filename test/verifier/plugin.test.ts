import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import { type TacitVerifierOptions, tacitVerifier } from '../../src/verifier/index.ts'
import { movableClock } from '../support/clock.ts'
import { claimsAt, issuerOf, keyPair, signedBy } from '../support/issuer.ts'
import { bearer } from '../support/tokens.ts'

const pair = await keyPair()
const issuer = await issuerOf(t, pair)
const clock = movableClock()
const settings: TacitVerifierOptions = {
  ...{ issuer: 'https://auth.example.com', audience: 'movies', url: issuer.url, clock },
}
const tokenOf = (change: object = {}) => signedBy(pair, claimsAt(clock.now(), change))

async function host(
  t: { teardown(close: () => unknown): unknown },
  routes: (app: FastifyInstance) => unknown,
  options: Partial<TacitVerifierOptions> = {},
) {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(tacitVerifier, { ...settings, ...options })
  await routes(app)
  await app.ready()
  return app
}

t.test('lets callers in by their access token', async (t) => {
  const app = await host(t, (app) => {
    app.get('/me', async ({ principal }) => principal)
    app.get('/open', { config: { auth: 'public' } }, async ({ principal }) => ({ principal }))
  })
  const token = await tokenOf()
  const answer = await app.inject({ url: '/me', headers: bearer(token) })
  t.equal(answer.statusCode, 200)
  t.match(answer.json(), { userId: claimsAt(0).sub, role: 'user', claims: { iss: settings.issuer } })
  t.equal((await app.inject('/me')).statusCode, 401)
  t.strictSame((await app.inject('/open')).json(), { principal: null })
})
