import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { type RevocationOptions, tacitVerifier } from '../../src/verifier/index.ts'
import { administrator, change, type Person, person } from '../support/administration.ts'
import { buildApp, type TestApp } from '../support/app.ts'
import { registerClient } from '../support/clients.ts'
import { movableClock } from '../support/clock.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

/** The service, and another one that verifies its tokens and hears of revocations. */
async function bothServices(t: Test, more: Partial<RevocationOptions> = {}) {
  // Real time: what is heard counts by it.
  const clock = movableClock(Date.now())
  const service = await buildApp(t, { environment: { ACCESS_TOKEN_ALG: 'EdDSA' }, clock })
  const url = await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { id: clientId, secret: clientSecret } = await registerClient(service)
  const movies = Fastify()
  t.teardown(() => movies.close())
  let settled = () => {}
  const isSettled = new Promise<void>((resolve) => {
    settled = resolve
  })
  await movies.register(tacitVerifier, {
    ...{ issuer: 'http://localhost', url },
    revocations: { clientId, clientSecret, onState: settled, ...more },
  })
  movies.get('/movies', async ({ principal }) => principal.role)
  movies.delete('/movies', { config: { auth: { role: 'admin' } } }, async () => 'deleted')
  await movies.ready()
  await isSettled
  const root = await administrator(service)
  const ada = await person(service, 'ada')
  const { access_token: token } = await fetchTokens(service)
  return { service, movies, root, ada, token }
}

const get = (movies: FastifyInstance, token: string) =>
  movies.inject({ url: '/movies', headers: bearer(token) })

type People = Readonly<Record<'ada' | 'root', Person>>

const ends: Record<string, (service: TestApp, token: string, people: People) => Promise<unknown>> = {
  'its client signs out': (service, token) =>
    service.request({ method: 'POST', url: '/auth/revoke', payload: { token } }),
  'its account is disabled': (service, _token, { root, ada }) =>
    change(service, root, ada, { disabled: true }),
  'its role is changed': (service, _token, { root, ada }) => change(service, root, ada, { role: 'admin' }),
}
for (const [what, end] of Object.entries(ends)) {
  t.test(`another service refuses an access token after ${what}`, async (t) => {
    const { service, movies, ada, root, token } = await bothServices(t)
    t.equal((await get(movies, token)).body, 'user')
    await end(service, token, { ada, root })
    let answer = await get(movies, token)
    while (answer.statusCode === 200) {
      await sleep(10)
      answer = await get(movies, token)
    }
    t.match(answer.json(), { statusCode: 401, code: 'TOKEN_EXPIRED' })
    t.equal(answer.headers['www-authenticate'], 'Bearer realm="http://localhost", error="invalid_token"')
  })
}

t.test('another service follows a new role with the next access token', async (t) => {
  const { service, movies, ada, root } = await bothServices(t)
  await change(service, root, ada, { role: 'admin' })
  const { access_token: token } = await fetchTokens(service)
  const deleted = await movies.inject({ method: 'DELETE', url: '/movies', headers: bearer(token) })
  t.equal(deleted.body, 'deleted')
})

t.test('another service refuses with 503 if its secret is wrong, and says why', async (t) => {
  const reasons: unknown[] = []
  const onState: RevocationOptions['onState'] = (state, reason) => reasons.push([state, reason])
  const settled = { onState }
  const { service, movies, token } = await bothServices(t)
  t.equal((await get(movies, token)).statusCode, 200)
  const wrong = Fastify()
  t.teardown(() => wrong.close())
  const { port } = service.app.server.address() as { port: number }
  await wrong.register(tacitVerifier, {
    ...{ issuer: 'http://localhost', url: `http://127.0.0.1:${port}` },
    revocations: { clientId: 'movies', clientSecret: 'wrong', ...settled },
  })
  wrong.get('/movies', async () => 'movies')
  const answer = await get(wrong, token)
  t.match(answer.json(), { statusCode: 503, code: 'VERIFIER_UNAVAILABLE' })
  while (reasons.length === 0) await sleep(10)
  t.match(reasons[0], ['down', String])
})
