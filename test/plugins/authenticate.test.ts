import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { administrator, change, person } from '../support/administration.ts'
import { buildApp, PASSWORD, signIn, signUp } from '../support/app.ts'
import { setCookies } from '../support/jar.ts'
import { isRefusal } from '../support/refusals.ts'
import { ACCESS_TTL, LOGOUT, ME, proveReceipt, refreshAndLose, SETTLE } from '../support/rotation.ts'
import { forget, rowOf } from '../support/rows.ts'
import { hearStatements } from '../support/statements.ts'
import { bearer, claimsOf, HEADER, hmac, jwt } from '../support/tokens.ts'

const REQUIRED = { status: 403, code: 'PASSWORD_CHANGE_REQUIRED', message: 'Choose a new password first' }

/** Public routes that ask for a session by the hook: one route, and a scope of routes. */
const routes: NonNullable<Parameters<typeof buildApp>[1]>['routes'] = (app) => {
  const config = { auth: 'public' } as const
  app.get(
    '/one',
    { config, preHandler: app.tacit.authenticate },
    async ({ principal }) => principal.user.email,
  )
  app.get('/open', { config }, async ({ principal }) => String(principal))
  app.register(async (scope) => {
    scope.addHook('preHandler', scope.tacit.authenticate)
    scope.get('/scope', { config }, async ({ principal }) => principal.user.email)
    scope.get('/twice', async ({ principal }) => principal.user.email)
  })
}

for (const url of ['/one', '/scope', '/twice']) {
  t.test(`as a hook of ${url}, identifies the caller and refreshes the session once`, async (t) => {
    const service = await buildApp(t, { routes })
    const anonymous = await service.request({ url })
    t.equal(anonymous.statusCode, 401)
    t.equal(anonymous.json().code, 'TOKEN_MISSING')

    const jar = await signUp(service)
    const known = await service.request({ url }, jar)
    t.equal(known.body, 'ada@example.com')
    t.equal(known.headers['cache-control'], 'no-store')

    service.clock.advance(ACCESS_TTL)
    const refreshed = await service.request({ url }, jar)
    t.equal(refreshed.body, 'ada@example.com')
    t.equal(setCookies(refreshed).length, 2)
    t.equal((await rowOf(service, jar)).generation, 2)
    t.equal((await service.request({ url: '/open' }, jar)).body, 'null')
  })

  t.test(`as a hook of ${url}, refuses a caller who must choose a new password`, async (t) => {
    const service = await buildApp(t, { routes })
    const [root, ada] = [await administrator(service), await person(service, 'ada')]
    await change(service, root, ada, { passwordChangeRequired: true })
    const refused = await service.request({ url }, ada.jar)
    isRefusal(t, refused, REQUIRED)
    t.equal(refused.headers['cache-control'], 'no-store')
  })
}

t.test('as a hook of a public route, admits a remembered caller at once', async (t) => {
  const service = await buildApp(t, {
    routes: (app) => {
      // No limit of a session and no guard has looked at the token before.
      app.get('/at-once', { config: { auth: 'public' } }, async (request, reply) => {
        const admitted = new Promise((resolve) => app.tacit.authenticate(request, reply, resolve))
        const isAtOnce = request.principal !== null
        return { error: (await admitted) ?? null, isAtOnce, email: request.principal.user.email }
      })
    },
  })
  const jar = await signUp(service)
  const ask = async () => (await service.request({ url: '/at-once' }, jar)).json()
  const email = 'ada@example.com'
  t.strictSame(await ask(), { error: null, isAtOnce: false, email }, 'the first use is recorded')
  t.strictSame(await ask(), { error: null, isAtOnce: true, email })
})

t.test('refreshes once for a guarded route that has the hook as well', async (t) => {
  const { during } = hearStatements(t)
  const service = await buildApp(t, { routes })
  const jar = await signUp(service)
  const asked = async (url: string) => {
    service.clock.advance(ACCESS_TTL)
    const statements = await during(async () =>
      t.equal((await service.request({ url }, jar)).statusCode, 200),
    )
    // The second run may look whether another process wrote.
    return statements.filter((statement) => !statement.startsWith('PRAGMA'))
  }
  const once = await asked('/one')
  t.ok(once.length > 0)
  t.strictSame(await asked('/twice'), once)
})

/**
 * The statements of a request, in order. `pragma` checks whether another process wrote. One
 * `select` each finds a session and its account. A change outside of `begin` and `commit` is a
 * transaction by itself. Each such change and each `commit` waits for the disk.
 */
const ASKED = {
  'a route for everybody': '',
  'no token at all': '',
  'the first use of a generation': 'pragma begin update commit',
  'an access token that is remembered': 'pragma',
  'sixteen of them at once': 'pragma',
  'an access token that is seen for the first time': 'pragma select select',
  'the same once more': 'pragma',
  'a forged access token': 'pragma begin insert commit',
  'the same once more within a minute': 'pragma',
  'an expired access token': 'pragma begin insert commit',
  'the first request after the settle time': 'pragma begin update commit',
  'the request after that': 'pragma',
  'something else for a refresh token': 'begin insert commit',
  'a refresh token that was altered': 'pragma select select',
  'a refresh with the token that was handed out last': 'pragma begin update select commit select',
  'a refresh of a session that changed': 'pragma select select begin update select commit select',
  'a refresh whose answer was lost before': 'pragma select select begin update select commit select',
  'a sign-in':
    'select select begin insert commit begin savepoint select insert update delete insert release commit select',
  'a sign-in with a wrong password': 'select select begin insert commit begin insert commit',
  'signing out': 'select select begin update insert commit begin insert commit',
} as const

t.test('limits the database queries of an authenticated request', async (t) => {
  const { during } = hearStatements(t)
  const service = await buildApp(t)
  const { request, clock } = service
  const ada = await signUp(service)
  const claims = claimsOf(ada.get('access') as string)
  const byBearer = (token: string) => request({ ...ME, headers: bearer(token) })
  const byRefresh = (token: string) => request({ ...ME, headers: { cookie: `refresh=${token}` } })
  const isFirst = jwt(HEADER, { ...claims, jti: 'made in another process' })
  const signInWith = (password: string) =>
    request({ method: 'POST', url: '/auth/login', payload: { email: 'ada@example.com', password } })

  type Answers = Awaited<ReturnType<typeof request>> | Awaited<ReturnType<typeof request>>[]
  const asks = async (title: keyof typeof ASKED, status: number, send: () => Promise<Answers>) => {
    const statements = await during(async () => {
      for (const { statusCode } of [await send()].flat()) t.equal(statusCode, status, `${title}: ${status}`)
      // Statements that no request waits for.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn()
    })
    t.equal(statements.map(verb).join(' '), ASKED[title], `${title} asks: ${ASKED[title] || 'nothing'}`)
  }

  await asks('a route for everybody', 200, () => request({ method: 'GET', url: '/health/live' }))
  await asks('no token at all', 401, () => request(ME))

  await asks('the first use of a generation', 200, () => request(ME, ada))
  await asks('an access token that is remembered', 200, () => request(ME, ada))
  const sixteen = Array.from({ length: 16 })
  await asks('sixteen of them at once', 200, () => Promise.all(sixteen.map(() => request(ME, ada))))
  await asks('an access token that is seen for the first time', 200, () => byBearer(isFirst))
  await asks('the same once more', 200, () => byBearer(isFirst))
  await asks('a forged access token', 401, () => byBearer(jwt(HEADER, claims, hmac('another key'))))
  await asks('the same once more within a minute', 401, () =>
    byBearer(jwt(HEADER, claims, hmac('another key'))),
  )
  await asks('an expired access token', 401, () => byBearer(jwt(HEADER, { ...claims, exp: 1 })))

  clock.advance(SETTLE)
  await asks('the first request after the settle time', 200, () => request(ME, ada))
  await asks('the request after that', 200, () => request(ME, ada))

  const genuine = ada.get('refresh') as string
  await asks('something else for a refresh token', 401, () => byRefresh('something else'))
  await asks('a refresh token that was altered', 401, () => byRefresh(altered(genuine)))
  await asks('a refresh with the token that was handed out last', 200, () =>
    request(ME, ada.delete('access')),
  )
  await forget(service, ada)
  clock.advance(SETTLE)
  await asks('a refresh of a session that changed', 200, () => request(ME, ada.delete('access')))
  await proveReceipt(service, ada)
  await refreshAndLose(service, ada)
  await asks('a refresh whose answer was lost before', 200, () => request(ME, ada.delete('access')))

  await asks('a sign-in', 200, () => signInWith(PASSWORD))
  await asks('a sign-in with a wrong password', 401, () => signInWith('another horse'))
  const browser = await signIn(service)
  await asks('signing out', 204, () => request(LOGOUT, browser))
})

const verb = (statement: string): string => (statement.match(/^\w+/)?.[0] ?? '').toLowerCase()

/** A refresh token whose last character, and so its MAC, is another. */
const altered = (token: string): string => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
