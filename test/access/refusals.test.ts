import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change, person } from '../support/administration.ts'
import { buildApp, type TestApp } from '../support/app.ts'
import { matchesWhole } from '../support/lists.ts'
import { bearer, claimsOf, fetchTokens } from '../support/tokens.ts'

const of = ({ app }: TestApp, type: string) => internalsOf(app).store.listEvents(100, { type })

t.test('records an event when a caller lacks the role, the permission or the ownership', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/vault', { config: { auth: { role: 'admin' } } }, async () => 'gold')
    },
  })
  const [ada, bo] = [await person(service, 'ada'), await person(service, 'bo')]
  const sid = claimsOf(ada.jar.get('access') as string).sid
  const from = { headers: { 'user-agent': 'A desk' }, remoteAddress: '203.0.113.7' }
  for (const url of ['/admin/users', '/vault', `/users/${bo.id}`]) {
    t.equal((await service.request({ url, ...from }, ada.jar)).statusCode, 403)
  }
  const refused = { type: 'access-refused', userId: ada.id, sessionId: sid, actorId: null }
  matchesWhole(
    t,
    (await of(service, 'access-refused')).toReversed(),
    [
      'GET /admin/users is for the permission users:read',
      'GET /vault is for the role admin',
      'GET /users/:userId is for the owner named by params.userId, or the role admin',
    ].map((reason) => ({ ...refused, ip: '203.0.113.7', userAgent: 'A desk', reason })),
  )
})

t.test('records repeated refusals once a minute for each session and route', async (t) => {
  const service = await buildApp(t)
  const [ada, bo] = [await person(service, 'ada'), await person(service, 'bo')]
  const count = async () => (await of(service, 'access-refused')).length
  const tryAll = async () => {
    for (const jar of [ada.jar, bo.jar]) {
      for (const url of ['/admin/users', '/admin/users?q=a', '/admin/events']) {
        t.equal((await service.request({ url }, jar)).statusCode, 403)
      }
    }
    return count()
  }
  t.equal(await tryAll(), 4)
  t.equal(await tryAll(), 4)
  service.clock.advance(60)
  t.equal(await tryAll(), 8)
})

t.test('records no event for an admitted caller, nor for a caller who is not signed in', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  t.equal((await service.request({ url: '/admin/users' }, root.jar)).statusCode, 200)
  t.equal((await service.request({ url: '/admin/users' })).statusCode, 401)
  t.same(await of(service, 'access-refused'), [])
})

t.test(
  'records an event of the account when a caller assigns or removes a role that permits more than their own',
  async (t) => {
    const roles = { clerk: ['users:read', 'users:write'] }
    const service = await buildApp(t, { roles })
    const [root, clerk] = [await administrator(service), await person(service, 'clerk', 'clerk')]
    await change(service, clerk, clerk, { role: 'admin' })
    await change(service, clerk, root, { disabled: true })
    const reason = 'a role that permits more than their own'
    matchesWhole(t, await of(service, 'access-refused'), [
      { userId: root.id, actorId: clerk.id, reason },
      { userId: clerk.id, actorId: clerk.id, reason },
    ])
  },
)

t.test('names the missing scope to a bearer client, and not to a browser', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/vault', { config: { auth: { role: 'admin' } } }, async () => 'gold')
      const either = { role: 'admin', permission: 'users:read', or: { permission: 'events:read' } } as const
      app.get('/either', { config: { auth: either } }, async () => 'this or that')
    },
  })
  const ada = await person(service, 'ada')
  const headers = bearer((await fetchTokens(service)).access_token)
  const challenge = 'Bearer realm="http://localhost", error="insufficient_scope"'
  for (const [url, expected] of [
    ['/admin/users', `${challenge}, scope="users:read"`],
    ['/users/019bc186-de00-738c-b587-e5f65ab95d6c', challenge],
    ['/vault', challenge],
    ['/either', `${challenge}, scope="events:read"`],
  ] as const) {
    const { statusCode, headers: answered } = await service.request({ url, headers })
    matchesWhole(t, [statusCode, answered['www-authenticate']], [403, expected])
    const page = await service.request({ url }, ada.jar)
    matchesWhole(t, [page.statusCode, page.headers['www-authenticate']], [403, undefined])
  }
})
