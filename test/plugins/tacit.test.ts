import { setImmediate as nextTurn } from 'node:timers/promises'
import cors from '@fastify/cors'
import formbody from '@fastify/formbody'
import underPressure from '@fastify/under-pressure'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import { eventTypes } from '../../src/audit/events.ts'
import { EnvironmentSchema } from '../../src/config/environment.ts'
import { settingOptionNames, toEnvironment } from '../../src/config/options.ts'
import { type Happening, type TacitOptions, tacit } from '../../src/index.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { PASSWORD, type Teardown } from '../support/app.ts'
import { movableClock } from '../support/clock.ts'
import { Jar } from '../support/jar.ts'

const settings: TacitOptions = {
  nodeEnv: 'test',
  secretKey: 'a-secret-for-options-only-0123456789-abcdefg',
  databaseUrl: ':memory:',
  argon2MemoryKib: 1_024,
  argon2Passes: 1,
}
const ACCOUNT = { email: 'ada@example.com', password: PASSWORD }

async function host(
  t: Teardown,
  options: TacitOptions = {},
  { before, after }: Partial<Record<'before' | 'after', (app: FastifyInstance) => unknown>> = {},
) {
  const lines: string[] = []
  const app = Fastify({
    pluginTimeout: 100_000,
    logger: { level: 'warn', stream: { write: (line: string) => lines.push(line) } },
  })
  t.teardown(() => app.close())
  await before?.(app)
  await app.register(tacit, { ...settings, ...options })
  await after?.(app)
  await app.ready()
  return { app, lines }
}

const post = (app: FastifyInstance, url: string, payload?: object, jar?: Jar) => {
  const cookie = jar?.header()
  const headers = { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }) }
  return app.inject({ method: 'POST', url, headers, ...(payload && { payload }) })
}

const jarOf = ({ headers }: LightMyRequestResponse): Jar => {
  const jar = new Jar()
  jar.take(headers['set-cookie'])
  return jar
}

t.test('takes each setting of the environment as an option', async (t) => {
  t.equal(settingOptionNames.length, Object.keys(EnvironmentSchema.properties).length)
  t.ok(settingOptionNames.includes('accessTokenTtl'))
  t.strictSame(toEnvironment({ secretKey: 's', cookieSecure: false, rateLimitMax: 3, issuer: undefined }), {
    SECRET_KEY: 's',
    COOKIE_SECURE: 'false',
    RATE_LIMIT_MAX: 3,
  })
})

t.test('an option wins over the environment', async (t) => {
  process.env.REGISTRATION = 'closed'
  t.teardown(() => delete process.env.REGISTRATION)
  const closed = await host(t)
  t.equal((await post(closed.app, '/auth/register', ACCOUNT)).statusCode, 403)
  const open = await host(t, { registration: 'open', environment: { REGISTRATION: 'closed' } })
  t.equal((await post(open.app, '/auth/register', ACCOUNT)).statusCode, 201)
})

const misspelt: Record<string, [options: object, message: RegExp]> = {
  'an option': [{ secretkey: 'x' }, /^The option "secretkey" does not exist\. Did you mean secretKey\?$/],
  'an option as the environment writes it': [{ ACCESS_TOKEN_TTL: '1m' }, /Did you mean accessTokenTtl\?$/],
  'a hook': [{ onSignIn() {} }, /Did you mean onSignedIn\?$/],
  'a group in a list': [
    { routes: ['admn'] },
    /^The group of routes "admn" does not exist\. Did you mean admin\?$/,
  ],
  'a group': [{ routes: { tokens: false } }, /Did you mean token\?$/],
  'a hook that is no function': [{ onSignedIn: 'log' }, /^The option onSignedIn must be a function$/],
  'a value': [{ accessTokenTtl: 'soon' }, /^ACCESS_TOKEN_TTL must be a duration/],
  'a prefix of a whole application': [
    { wholeApplication: true, prefix: '/a' },
    /^prefix cannot be used with wholeApplication/,
  ],
}

for (const [what, [options, message]] of Object.entries(misspelt)) {
  t.test(`stops the start for ${what} that is wrong`, async (t) => {
    await t.rejects(host(t, options as TacitOptions), { name: 'ConfigError', message })
  })
}

t.test('serves its routes under a prefix, with cookies for the whole origin', async (t) => {
  const { app } = await host(t, { prefix: '/account' })
  const registered = await post(app, '/account/auth/register', ACCOUNT)
  t.equal(registered.statusCode, 201)
  t.match(registered.headers['set-cookie'], [/; Path=\/;/, /; Path=\/;/, /; Path=\/;/])
  t.equal((await app.inject('/account/me')).statusCode, 401)
  t.equal((await app.inject('/account/nothing')).json().code, 'NOT_FOUND')
  const wrong = await app.inject({ method: 'PUT', url: '/account/auth/login' })
  t.match([wrong.statusCode, wrong.headers.allow], [405, 'POST'])
  t.equal((await app.inject('/me')).json().code, undefined)
})

t.test('links in mail lead below its prefix, unless PUBLIC_URL or the issuer has it', async (t) => {
  const linkWith = async (options: TacitOptions) => {
    const { app } = await host(t, { mailUrl: 'log:', prefix: '/account', ...options })
    await post(app, '/account/auth/register', ACCOUNT)
    await internalsOf(app).mail.outbox?.sendDue()
    const [mail] = internalsOf(app).mail.mailbox?.list() ?? []
    return /(\S+)\/#\/confirm-address\//.exec(mail?.text ?? '')?.[1]
  }
  const issuer = 'https://app.example.com'
  t.equal(await linkWith({}), 'http://localhost/account')
  t.equal(await linkWith({ issuer }), `${issuer}/account`)
  t.equal(await linkWith({ issuer: `${issuer}/account` }), `${issuer}/account`)
  t.equal(await linkWith({ publicUrl: 'https://pages.example.com/' }), 'https://pages.example.com')
})

t.test('serves the groups of routes that it is asked for', async (t) => {
  const without = await host(t, { routes: { admin: false, token: false }, docs: false })
  const statusOf = async (app: FastifyInstance, url: string) => (await app.inject(url)).statusCode
  t.equal(await statusOf(without.app, '/admin/users'), 404)
  t.equal((await post(without.app, '/auth/token', {})).statusCode, 404)
  t.equal(await statusOf(without.app, '/docs/openapi.json'), 404)
  t.equal(await statusOf(without.app, '/me'), 401)
  t.equal((await post(without.app, '/auth/logout')).statusCode, 204)

  const listed = await host(t, { routes: ['auth', 'me'] })
  t.equal(await statusOf(listed.app, '/me'), 401)
  t.equal(await statusOf(listed.app, '/health/live'), 404)
  t.equal(await statusOf(listed.app, '/docs/openapi.json'), 200)
})

t.test('leaves methods that its routes lack to the 404 handler of the application', async (t) => {
  const { app } = await host(
    t,
    {},
    { after: (app) => app.setNotFoundHandler((_request, reply) => reply.code(404).send('own')) },
  )
  const { statusCode, body } = await app.inject({ method: 'PUT', url: '/auth/login' })
  t.strictSame([statusCode, body], [404, 'own'])
})

t.test('leaves the path / to the application unless it is asked for pages', async (t) => {
  const development = { nodeEnv: 'development' } as const
  const without = await host(t, development, {
    after: (app) => app.get('/', { config: { auth: 'public' } }, async () => 'own'),
  })
  t.equal((await without.app.inject('/')).body, 'own')
  t.equal((await post(without.app, '/demo/use-up')).statusCode, 404)
  const pages = await host(t, { ...development, pages: true })
  t.match((await pages.app.inject('/')).headers['content-type'], /html/)
  t.equal((await post(pages.app, '/demo/use-up')).statusCode, 204)
})

t.test('closes the routes of the application by default', async (t) => {
  const { app } = await host(t, {}, { after: (app) => app.get('/own', async () => 'own') })
  t.equal((await app.inject('/own')).statusCode, 401)
})

t.test('opens them where the application says so, and enforces each guard that is declared', async (t) => {
  const { app } = await host(
    t,
    { defaultAuth: 'public' },
    {
      before: (app) => app.get('/early', async () => 'early'),
      after(app) {
        app.get('/own', async () => 'own')
        app.get('/admin-only', { config: { auth: { role: 'admin' } } }, async () => 'admin')
      },
    },
  )
  t.equal((await app.inject('/early')).body, 'early')
  t.equal((await app.inject('/own')).body, 'own')
  t.equal((await app.inject('/admin-only')).statusCode, 401)
  t.equal((await app.inject('/me')).statusCode, 401)
  const jar = jarOf(await post(app, '/auth/register', ACCOUNT))
  const refused = await app.inject({ url: '/admin-only', headers: { cookie: jar.header() ?? '' } })
  t.equal(refused.statusCode, 403)

  const early = host(
    t,
    { defaultAuth: 'public' },
    { before: (app) => app.get('/early', { config: { auth: 'signed-in' } }, async () => 'early') },
  )
  await t.rejects(early, { message: /GET,HEAD \/early: the route was declared before its guard/ })
})

t.test('checks the origin on a public route of the application before its hook runs', async (t) => {
  const { app } = await host(
    t,
    {},
    {
      after: (app) =>
        app.post(
          '/feed',
          { config: { auth: 'public' }, preHandler: app.tacit.authenticate },
          async ({ principal }) => principal.user.email,
        ),
    },
  )
  const jar = jarOf(await post(app, '/auth/register', ACCOUNT))
  t.equal((await post(app, '/feed', {}, jar)).body, ACCOUNT.email)
  const headers = { 'sec-fetch-site': 'cross-site', cookie: jar.header() ?? '' }
  t.equal((await app.inject({ method: 'POST', url: '/feed', headers })).statusCode, 403)
})

t.test('answers errors of the whole application when it is asked to', async (t) => {
  const { app } = await host(
    t,
    { wholeApplication: true },
    {
      after: (app) =>
        app.get('/own', { config: { auth: 'public' } }, async () => {
          throw new Error('broken')
        }),
    },
  )
  const broken = await app.inject('/own')
  t.match(broken.json(), { statusCode: 500, code: 'INTERNAL' })
  t.equal(broken.headers['referrer-policy'], 'no-referrer')
  t.match((await app.inject('/nothing')).json(), { code: 'NOT_FOUND' })
})

t.test('calls a hook of the application after the event is stored', async (t) => {
  const told: Happening[] = []
  const clock = movableClock()
  const listen = (happening: Happening) => void told.push(happening)
  const options = { onRegistered: listen, onSignedIn: listen, onSignedOut: listen, onRefreshReused: listen }
  const { app } = await host(t, { ...options, clock })
  const registered = await post(app, '/auth/register', ACCOUNT)
  const stolen = jarOf(registered)
  clock.advance(120)
  const jar = stolen.copy()
  jar.take((await post(app, '/auth/refresh', undefined, jar)).headers['set-cookie'])
  clock.advance(120)
  jar.take((await post(app, '/auth/refresh', undefined, jar)).headers['set-cookie'])
  clock.advance(120)
  t.equal((await post(app, '/auth/refresh', undefined, stolen)).json().code, 'REFRESH_REUSED')
  const again = jarOf(await post(app, '/auth/login', ACCOUNT))
  await post(app, '/auth/logout', undefined, again)
  await new Promise(setImmediate)
  t.strictSame(
    told.map(({ type }) => type),
    ['registered', 'signed-in', 'refresh-reused', 'signed-in', 'signed-out'],
  )
  t.match(told[1], { userId: registered.json().user.id, sid: /./, client: { ip: '127.0.0.1' } })
  t.ok(told.every((happening) => Object.isFrozen(happening) && Object.isFrozen(happening.client)))
  for (const token of [stolen.get('refresh'), jar.get('access'), PASSWORD])
    t.notOk(JSON.stringify(told).includes(String(token)))
})

t.test('logs the error of a hook and continues', async (t) => {
  const { app, lines } = await host(t, {
    onRegistered() {
      throw new Error('the hook is broken')
    },
    onSignedIn: async () => {
      throw new Error('the hook rejects')
    },
  })
  t.equal((await post(app, '/auth/register', ACCOUNT)).statusCode, 201)
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  const logged = lines.join('')
  t.match(logged, /onRegistered has failed/)
  t.match(logged, /onSignedIn has failed/)
})

t.test('has a hook for each event', async (t) => {
  const names = eventTypes.map((type) => [
    `on-${type}`.replace(/-(\w)/g, (_, c) => c.toUpperCase()),
    () => {},
  ])
  await t.resolves(host(t, Object.fromEntries(names)))
})

t.test('keeps the CORS headers of trusted origins, and says so if nothing answers preflights', async (t) => {
  const origin = 'https://app.example.com'
  const options = { trustedOrigins: origin }
  const { app, lines } = await host(t, options, { before: (app) => app.register(cors, { origin }) })
  t.equal((await app.inject('/health/live')).headers['access-control-allow-origin'], origin)
  t.notMatch(lines.join(''), /TRUSTED_ORIGINS/)
  t.match(
    (await host(t, options)).lines.join(''),
    /TRUSTED_ORIGINS is set, and nothing answers their preflights/,
  )
})

t.test('starts beside @fastify/under-pressure', async (t) => {
  await t.resolves(host(t, {}, { before: (app) => app.register(underPressure) }))
})

t.test('works inside another plugin wrapper', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(fp(tacit), settings)
  app.get('/own', async () => 'own')
  t.equal((await app.inject('/own')).statusCode, 401)
})

t.test('calls a hook without an account for an event that concerns none', async (t) => {
  const told: Happening[] = []
  const { app } = await host(t, { loginRateLimitMax: 1, onRateLimited: (happening) => told.push(happening) })
  for (let attempt = 0; attempt < 2; attempt += 1) await post(app, '/auth/login', ACCOUNT)
  await nextTurn()
  t.match(told, [{ type: 'rate-limited', client: { ip: '127.0.0.1' } }])
  t.notOk('userId' in (told[0] as Happening))
})

t.test('serves the pages of a folder that is given', async (t) => {
  const pagesFolder = t.testdir({ 'index.html': 'pages of the application', 'robots.txt': 'a file' })
  const { app } = await host(t, { pagesFolder })
  t.equal((await app.inject('/')).body, 'pages of the application')
  const file = await app.inject('/robots.txt')
  t.match([file.body, file.headers['cache-control']], ['a file', 'no-cache'])
})

t.test('reads a form at the token endpoint of a whole application that reads forms', async (t) => {
  const { app } = await host(t, { wholeApplication: true }, { before: (app) => app.register(formbody) })
  await post(app, '/auth/register', ACCOUNT)
  const { email: username, password } = ACCOUNT
  const answer = await app.inject({
    method: 'POST',
    url: '/auth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ grant_type: 'password', username, password }).toString(),
  })
  t.match(answer.json(), { token_type: 'bearer' })
})

t.test("keeps the onRequest hook of an application's guarded route", async (t) => {
  const called: string[] = []
  const { app } = await host(
    t,
    {},
    {
      after: (app) =>
        app.get('/hooked', { onRequest: async () => void called.push('onRequest') }, async () => 'answered'),
    },
  )
  const jar = jarOf(await post(app, '/auth/register', ACCOUNT))
  t.equal((await app.inject('/hooked')).statusCode, 401)
  t.equal((await app.inject({ url: '/hooked', headers: { cookie: jar.header() ?? '' } })).body, 'answered')
  t.strictSame(called, ['onRequest', 'onRequest'])
})

t.test("passes a mistake during authentication to the application's error handler", async (t) => {
  const errors: Error[] = []
  const { app } = await host(
    t,
    {},
    {
      after(app) {
        app.setErrorHandler((error: Error, _request, reply) => {
          errors.push(error)
          return reply.code(500).send('handled by the application')
        })
        app.get('/guarded', async () => 'answered')
      },
    },
  )
  const jar = jarOf(await post(app, '/auth/register', ACCOUNT))
  const mistake = new Error('a mistake')
  internalsOf(app).sessions.revalidate = () => {
    throw mistake
  }
  const answer = await app.inject({ url: '/guarded', headers: { cookie: jar.header() ?? '' } })
  t.equal(answer.body, 'handled by the application')
  t.strictSame(errors, [mistake])
  t.notOk(answer.headers['www-authenticate'])
})
