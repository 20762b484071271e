import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { createPrincipal } from '../../src/sessions/principal.ts'
import { toAccount } from '../../src/store/account.ts'
import { toSessionInfo } from '../../src/store/session-info.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change } from '../support/administration.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import { commandLine } from '../support/command-line.ts'
import type { Jar } from '../support/jar.ts'
import {
  ACCESS_TTL,
  GRACE,
  LOGOUT,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../support/rotation.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'
import { bearer, claimsOf, fetchTokens, type TokenPair } from '../support/tokens.ts'

const NEXT = 'a quite different set of words'
const WHO = { method: 'GET', url: '/who' } as const

t.test('a principal is frozen, with its account and its session', async (t) => {
  const user = someUser()
  const session = someSession(user.id)
  const token = { scope: '', generation: 1, expiresAt: 0 }
  const principal = createPrincipal(toAccount(user), toSessionInfo(session), token)
  for (const each of [principal, principal.user, principal.session]) t.ok(Object.isFrozen(each))
  t.notMatch(inspect(principal, { depth: null }), /passwordHash|emailKey|seed/)
})

/** Records the result of each method of a service as text, under the name of the service. */
function noteAnswers(service: object, prefix: string, noted: Map<string, string[]>): void {
  for (const [name, method] of Object.entries(service)) {
    if (typeof method !== 'function') continue
    const texts: string[] = []
    noted.set(`${prefix}.${name}`, texts)
    const note = (answer: unknown) => {
      texts.push(`${JSON.stringify(answer)} ${inspect(answer, { depth: null })}`)
      return answer
    }
    Object.assign(service, {
      [name]: (...args: unknown[]) => {
        const answer: unknown = method.apply(service, args)
        if (!(answer instanceof Promise)) return note(answer)
        answer.then(note, note)
        return answer
      },
    })
  }
}

/** The ways in which bytes end up in a text. */
const spellingsOf = (bytes: Buffer): string[] => [
  bytes.toString('base64'),
  bytes.toString('base64url'),
  bytes.toString('hex'),
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
  JSON.stringify(bytes),
  bytes.toJSON().data.join(','),
]

/** The same service over real HTTP. Values that must stay secret are added to `secrets`. */
async function overHttp(service: TestApp, secrets: Set<string>): Promise<TestApp> {
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo

  async function keepSecret(accessToken: string): Promise<void> {
    const found = await internalsOf(service.app).store.findSession(claimsOf(accessToken).sid as string)
    for (const spelling of spellingsOf(found?.session.seed ?? Buffer.alloc(32))) secrets.add(spelling)
    if (found !== undefined) secrets.add(found.user.passwordHash)
  }

  async function request({ method = 'GET', url, payload, headers }: InjectOptions, jar?: Jar) {
    const cookie = jar?.header()
    const response = await fetch(`http://127.0.0.1:${port}${url}`, {
      method,
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(cookie && { cookie }),
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...(headers as Record<string, string>),
      },
      ...(payload !== undefined && { body: JSON.stringify(payload) }),
    })
    const body = await response.text()
    jar?.take(response.headers.getSetCookie())
    for (const value of jar?.cookies.values() ?? []) secrets.add(value)
    const tokens = url === '/auth/token' ? (JSON.parse(body) as TokenPair) : undefined
    if (tokens?.access_token) secrets.add(tokens.access_token).add(tokens.refresh_token)
    const accessToken = tokens?.access_token ?? jar?.get('access')
    if (accessToken !== undefined) await keepSecret(accessToken)
    const json = () => JSON.parse(body)
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body, json }
  }

  return { ...service, request: request as unknown as TestApp['request'] }
}

/** Every verdict on a refresh token that serves its client, and reuse. */
async function refresh(service: TestApp, jar: Jar): Promise<void> {
  const newer = await refreshAndLose(service, jar)
  await service.request(REFRESH, jar)
  await service.request(REFRESH, newer)
  const stolen = newer.copy()
  const newest = await refreshAndLose(service, newer)
  await proveReceipt(service, newest)
  service.clock.advance(ACCESS_TTL)
  await service.request(WHO, newest)
  service.clock.advance(SETTLE)
  await proveReceipt(service, newest)
  service.clock.advance(GRACE)
  await service.request(REFRESH, stolen)
  await service.request(WHO, newest)
}

async function administer(service: TestApp, id: string): Promise<void> {
  const root = await administrator(service)
  for (const access of [
    { role: 'admin' },
    { role: 'user' },
    { passwordChangeRequired: true },
    { passwordChangeRequired: false },
    { disabled: true },
    { disabled: false },
  ]) {
    await change(service, root, { id }, access)
  }
  const user = `/admin/users/${id}`
  for (const url of ['/admin/users?q=ada', user, `${user}/sessions`, '/admin/events', '/admin/roles']) {
    await service.request({ method: 'GET', url }, root.jar)
  }
  await service.request({ method: 'POST', url: `${user}/unlock` }, root.jar)
  await service.request({ method: 'DELETE', url: `${user}/sessions` }, root.jar)
}

async function endsOf(service: TestApp): Promise<void> {
  const jar = await signIn(service, 'ada@example.com', { password: NEXT })
  const other = await signIn(service, 'ada@example.com', { password: NEXT })
  const { sid } = claimsOf(other.get('access') as string)
  await service.request({ method: 'DELETE', url: `/me/sessions/${sid}` }, jar)
  await service.request({ method: 'DELETE', url: '/me/sessions' }, jar)
  await service.request(WHO, other)
  await service.request(LOGOUT, jar)
  const last = await signIn(service, 'ada@example.com', { password: NEXT })
  await service.request({ method: 'DELETE', url: '/me', payload: { currentPassword: NEXT } }, last)
}

t.test('no principal, service, event, log line or command shows a secret', async (t) => {
  const shell = commandLine(t)
  const lines: string[] = []
  const secrets = new Set(['$argon2', PASSWORD, NEXT])
  const noted = new Map<string, string[]>()
  const seen: string[] = []
  const built = await buildApp(t, {
    environment: { ...shell.environment, LOG_LEVEL: 'trace' },
    log: (line) => lines.push(line),
    routes: (app) => {
      app.get('/who', async ({ principal, log }) => {
        log.info({ principal }, 'the caller')
        seen.push(inspect(principal, { depth: null, showHidden: true }))
        return principal
      })
    },
  })
  const { accounts, sessions, signIn: signingIn, tokenGrants, events } = internalsOf(built.app)
  const services = { accounts, sessions, signIn: signingIn, tokenGrants, events }
  for (const [name, each] of Object.entries(services)) noteAnswers(each, name, noted)
  const service = await overHttp(built, secrets)
  const answers: string[] = []
  const who = async (jar: Jar) => answers.push((await service.request(WHO, jar)).body)

  await signUp(service)
  const jar = await signIn(service)
  await who(jar)
  const { id } = (await service.request(ME, jar)).json().user
  await refresh(service, jar)
  await signIn(service, 'ada@example.com', { jar })
  await who(jar)
  await service.request({ method: 'PATCH', url: '/me', payload: { name: 'Ada' } }, jar)
  await service.request({ method: 'GET', url: '/me/sessions' }, jar)
  const wrong = { currentPassword: `${PASSWORD}!`, newPassword: NEXT }
  await service.request({ method: 'POST', url: '/me/password', payload: wrong }, jar)
  const right = { currentPassword: PASSWORD, newPassword: NEXT }
  await service.request({ method: 'POST', url: '/me/password', payload: right }, jar)
  await who(jar)
  const tokens = await fetchTokens(service, 'ada@example.com', NEXT)
  service.clock.advance(SETTLE)
  const payload = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  await service.request({ method: 'POST', url: '/auth/token', payload })
  await service.request({ ...WHO, headers: bearer(tokens.access_token) })
  await administer(service, id)
  const { tacit } = built.app
  const host = [tacit.accounts.get(id), tacit.sessions.list(id), tacit.events.list({ limit: 100 })]
  const commands: string[] = []
  for (const args of [
    ['user', 'list'],
    ['user', 'show', 'ada@example.com'],
    ['session', 'list', 'root@example.com'],
  ]) {
    commands.push(JSON.stringify(await shell.tacitJson(args)))
  }
  await endsOf(service)

  t.equal(answers.length, 3)
  t.ok(answers.every((answer) => answer.includes('"user":{"id"')))
  const called = [...noted].filter(([, texts]) => texts.length > 0).map(([name]) => name)
  for (const name of [
    ...['create', 'signIn', 'changeOwn', 'changePassword', 'changeAccess', 'search', 'get', 'remove'].map(
      (method) => `accounts.${method}`,
    ),
    ...['start', 'refresh', 'authenticate', 'recognise', 'list', 'endOwn', 'endFor', 'sessionOf'].map(
      (method) => `sessions.${method}`,
    ),
    ...['signIn.withPassword', 'signIn.withNewAccount', 'tokenGrants.exchange', 'events.list'],
  ]) {
    t.ok(called.includes(name), `${name} was called`)
  }
  const recorded = await internalsOf(service.app).store.listEvents(1_000)
  t.ok(recorded.some(({ type }) => type === 'refresh-reused'))

  t.ok(secrets.size > 60, `${secrets.size} texts are secret`)
  const texts: Record<string, readonly string[]> = {
    ...Object.fromEntries(noted),
    'request.principal': [...answers, ...seen],
    'an event': recorded.map((event) => JSON.stringify(event)),
    'a log line': lines,
    'a command': commands,
    'app.tacit': (await Promise.all(host)).map((answer) => JSON.stringify(answer)),
  }
  for (const [name, each] of Object.entries(texts)) {
    const found = each.filter((text) => [...secrets].some((secret) => text.includes(secret)))
    t.strictSame(found, [], `${name} holds no secret`)
  }
})
