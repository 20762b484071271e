/**
 * Clients for Node.js that others maintain, as docs/clients.md shows them, against the service.
 */
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import {
  codeBelow,
  documentedClient,
  EXPIRY_SECONDS,
  generationsOf,
  listeningService,
} from '../../support/documented-clients.ts'

const service = await listeningService(t)
process.env.SERVICE = service.address

/** What the programs export: one for each client. */
async function load<Program>(t: Test, heading: string): Promise<Program> {
  const folder = t.testdir({ 'client.mjs': documentedClient(heading) })
  return import(pathToFileURL(join(folder, 'client.mjs')).href)
}

interface Answer {
  readonly status: number
  readonly body: { readonly user?: { readonly id: string; readonly name: string | null } }
}

type Send = (method: string, path: string, body?: object) => Promise<Answer>

async function read(response: Response): Promise<Answer> {
  const text = await response.text()
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) }
}

const SIX = [1, 2, 3, 4, 5, 6]

async function livesWithCookies(t: Test, email: string, send: Send): Promise<void> {
  const account = { email, password: PASSWORD }
  t.equal((await send('POST', '/auth/register', account)).status, 201)
  for (const which of ['first', 'second']) {
    t.equal((await send('POST', '/auth/login', account)).status, 200, `${which} sign-in`)
  }
  t.match(await send('PATCH', '/me', { name: 'Ada' }), { status: 200, body: { user: { name: 'Ada' } } })
  service.clock.advance(EXPIRY_SECONDS)
  const before = await generationsOf(service, email)
  const answers = await Promise.all(SIX.map(() => send('GET', '/me')))
  t.match(
    answers,
    SIX.map(() => ({ status: 200, body: { user: { email } } })),
  )
  const after = await generationsOf(service, email)
  t.strictSame(
    after,
    before.map((generation) => generation + 1),
    'six requests, one rotation',
  )
  t.equal((await send('PATCH', '/me', { name: 'Bo' })).status, 200, 'after the refresh')
  t.equal((await send('POST', '/auth/logout')).status, 204)
  t.equal((await send('GET', '/me')).status, 401)
}

t.test('serves axios with tough-cookie', async (t) => {
  const { client } = await load<{ client: typeof import('axios').default }>(t, 'axios')
  await livesWithCookies(t, 'axios@example.com', async (method, url, data) => {
    // As a program calls it: `post(url)` names the type of a form, and sends nothing.
    const request =
      method === 'POST'
        ? client.post(url, data, { validateStatus: null })
        : client.request({ method, url, data, validateStatus: null })
    const { status, data: body } = await request
    return { status, body }
  })
})

t.test('serves undici with http-cookie-agent', async (t) => {
  const { call } = await load<{ call(...request: Parameters<Send>): Promise<Response> }>(t, 'undici')
  await livesWithCookies(t, 'undici@example.com', async (...request) => read(await call(...request)))
})

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

interface TokenClient {
  signIn(username: string, password: string): Promise<Tokens>
  refresh(tokens: Tokens): Promise<Tokens>
  /** Libraries throw at a refusal, or return it. */
  call(tokens: Tokens, ...request: Parameters<Send>): Promise<Response>
}

for (const heading of ['oauth4webapi', 'openid-client', 'simple-oauth2']) {
  t.test(`serves ${heading} by the grants password and refresh_token`, async (t) => {
    const { signIn, refresh, call } = await load<TokenClient>(t, heading)
    const email = `${heading}@example.com`
    const payload = { email, password: PASSWORD }
    t.equal((await service.request({ method: 'POST', url: '/auth/register', payload })).statusCode, 201)
    await t.rejects(signIn(email, 'a wrong password'), 'a wrong password')

    const first = await signIn(email, PASSWORD)
    const second = await signIn(email, PASSWORD)
    t.not(first.refresh_token, second.refresh_token)
    const renamed = await read(await call(second, 'PATCH', '/me', { name: 'Ada' }))
    t.match(renamed, { status: 200, body: { user: { name: 'Ada' } } })

    service.clock.advance(EXPIRY_SECONDS)
    const pairs = await Promise.all(SIX.map(() => refresh(second)))
    t.equal(new Set(pairs.map(({ refresh_token }) => refresh_token)).size, 1)
    const [pair] = pairs as [Tokens]
    t.not(pair.refresh_token, second.refresh_token)
    t.equal((await call(pair, 'GET', '/me')).status, 200)

    t.equal((await call(pair, 'POST', '/auth/logout')).status, 204)
    await t.rejects(refresh(pair), 'the session has ended')
    t.ok((await refresh(first)).access_token, 'the other session lives on')
  })
}

const isCurlMissing = spawnSync('curl', ['--version']).status !== 0

t.test(
  'answers the load test of README.md with 2xx alone',
  { skip: isCurlMissing && 'curl is not on this machine' },
  async (t) => {
    const [start, commands] = codeBelow('README.md', 'Load-test it') as [string, string]
    const limits = [...start.matchAll(/(\w*RATE_LIMIT_MAX)=(\d+)/g)].map(([, name, value]) => [
      name,
      Number(value),
    ])
    t.equal(limits.length, 2)
    const { address } = await listeningService(t, Object.fromEntries(limits))
    // More requests than the limits allow, in place of ten seconds of them.
    const [guarded, signIns] = [1_100, 25]
    const script = commands
      .replaceAll('http://localhost:3000', address)
      .replaceAll('npx autocannon', 'node_modules/.bin/autocannon')
      // curl ends no line.
      .replaceAll('\n\n', '\necho\n')
      .replace('-c 20 -d 10', `-j -c 20 -a ${guarded}`)
      .replace('-c 4 -d 10', `-j -c 4 -a ${signIns}`)
    const { stdout } = await promisify(execFile)('sh', ['-e', '-c', script])
    const results = [...stdout.matchAll(/^\{.*"2xx".*\}$/gm)].map(([json]) => JSON.parse(json))
    t.match(results, [
      { '2xx': guarded, non2xx: 0, errors: 0 },
      { '2xx': signIns, non2xx: 0, errors: 0 },
    ])
  },
)
