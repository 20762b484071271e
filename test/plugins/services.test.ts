import { inspect } from 'node:util'
import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { stateOf } from '../../src/wiring/request-state.ts'
import { buildApp, PASSWORD, SECRET, signUp } from '../support/app.ts'
import { setCookies } from '../support/jar.ts'
import { loggedToken, MAIL_TO_LOG } from '../support/mail-server.ts'

/** A hash, a secret, and properties of a store or a grant. */
const SECRETS = [/\$argon2/, new RegExp(SECRET), /passwordHash/, /seed/, /rotateSession/, /tokens/]

t.test('decorates the application with `tacit` alone, which shows no key, row or secret', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const { tacit, ...others } = service.app as unknown as Record<string, unknown>
  for (const name of Object.keys(internalsOf(service.app))) {
    t.notOk(name in others, `there is no app.${name}`)
    t.notOk(name in (Object.getPrototypeOf(service.app) as object), name)
  }
  t.strictSame(Object.keys(tacit as object).sort(), [
    'accounts',
    'authenticate',
    'events',
    'roles',
    'sessions',
  ])
  const printed = inspect(tacit, { depth: 20, showHidden: true })
  for (const secret of SECRETS) t.notMatch(printed, secret)
  t.ok(Object.isFrozen(tacit))
})

t.test('returns accounts and sessions as the HTTP API shows them', async (t) => {
  const service = await buildApp(t, { roles: { editor: ['articles:write'] }, environment: MAIL_TO_LOG })
  const { accounts, sessions, events, roles } = service.app.tacit
  const created = await accounts.create({ email: 'ada@example.com', password: PASSWORD })
  t.match(created, { email: 'ada@example.com', role: 'user', disabled: false })
  t.strictSame(await accounts.get(created.id), created)
  t.strictSame(await accounts.findByEmail('Ada@Example.com'), created)
  t.equal(await accounts.findByEmail('eve@example.com'), undefined)
  t.match(await accounts.changeAccess(created.id, { role: 'editor' }), { role: 'editor' })
  await t.rejects(accounts.get('unknown'), { code: 'NOT_FOUND' })
  const invited = await accounts.invite({ email: 'grace@example.com', role: 'editor' })
  t.match(invited, { email: 'grace@example.com', role: 'editor', emailConfirmed: false })
  t.ok(await loggedToken(service, 'grace@example.com', 'invitation'))

  const eve = await signUp(service, 'eve@example.com')
  const { id } = (await accounts.findByEmail('eve@example.com')) ?? { id: '' }
  const listed = await sessions.list(id)
  t.match(listed, [{ current: false, ip: '127.0.0.1' }])
  t.equal(await sessions.endAll(id, listed[0]?.id), 0)
  t.equal(await sessions.endAll(id), 1)
  t.equal((await service.request({ url: '/me' }, eve)).statusCode, 401)

  t.match(await events.list({ limit: 1 }), { entries: [{ type: 'token-refused' }] })
  t.equal(events.counts().registered, 2)
  t.ok(roles.permits('editor', 'articles:write'))
  t.notMatch(
    JSON.stringify([created, invited, listed, await events.list({ limit: 9 })]),
    SECRETS[0] as RegExp,
  )
})

t.test('a request has its arrival, its client and its sign-in state, and no token', async (t) => {
  let printed = ''
  const service = await buildApp(t, {
    routes(app) {
      const shown = async (request: FastifyRequest) => {
        const { tacit } = request
        printed = inspect(stateOf(request)) + inspect(tacit, { depth: 9, showHidden: true })
        t.equal(tacit, request.tacit)
        return { isSignedIn: tacit.isSignedIn, ip: tacit.client.ip, arrivedAt: tacit.arrivedAt }
      }
      app.get('/shown', shown)
      app.get('/open', { config: { auth: 'public' } }, shown)
      app.post('/leave', { config: { auth: 'public' } }, async ({ tacit }, reply) => {
        await tacit.signOut()
        return reply.code(204).send()
      })
    },
  })
  const arrivedAt = service.clock.now()
  const anonymous = await service.request({ url: '/open' })
  t.strictSame(anonymous.json(), { isSignedIn: false, ip: '127.0.0.1', arrivedAt })
  const jar = await signUp(service)
  service.clock.advance(15 * 60)
  t.match((await service.request({ url: '/shown' }, jar)).json(), { isSignedIn: true })
  t.notMatch(printed, /seed|cookieChange|generation/)

  t.equal(setCookies(await service.request({ method: 'POST', url: '/leave' }, jar)).length, 2)
  t.equal((await service.request({ url: '/me' }, jar)).statusCode, 401)
})

t.test('each registration of the service has internals of its own', async (t) => {
  t.throws(() => internalsOf({}), /does not belong to a registration of Tacit/)
})
