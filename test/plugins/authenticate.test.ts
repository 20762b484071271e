import t from 'tap'
import { administrator, change, person } from '../support/administration.ts'
import { buildApp, signUp } from '../support/app.ts'
import { setCookies } from '../support/jar.ts'
import { isRefusal } from '../support/refusals.ts'
import { ACCESS_TTL } from '../support/rotation.ts'
import { rowOf } from '../support/rows.ts'
import { hearStatements } from '../support/statements.ts'

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
