import t from 'tap'
import { type Caller, compileGuard, type Guard } from '../../src/access/guards.ts'
import { createRoles } from '../../src/access/roles.ts'
import { buildApp } from '../support/app.ts'

const PATH = '/users/:userId/orders/:orderId'
const ADMIN_SCOPE = 'users:read users:write sessions:read sessions:end events:read'
const roles = createRoles()
const ada: Caller = { userId: 'ada', role: 'user', scope: '' }
const root: Caller = { userId: 'root', role: 'admin', scope: ADMIN_SCOPE }
const clerk: Caller = { userId: 'clerk', role: 'clerk', scope: 'users:read-all users:readers' }

const wrong: readonly (readonly [unknown, string])[] = [
  ['Public', `is "Public", but must be 'public', 'signed-in' or a rule`],
  ['', `is "", but must be 'public', 'signed-in' or a rule`],
  [true, "is true, but must be 'public', 'signed-in' or a rule"],
  [null, "is null, but must be 'public', 'signed-in' or a rule"],
  [['admin'], `is ["admin"], but must be 'public', 'signed-in' or a rule`],
  [{ roles: ['admin'] }, 'has an unknown part: roles. Parts are role, permission, owner, or'],
  [
    { role: 'admin', permision: 'users:read' },
    'has an unknown part: permision. Parts are role, permission, owner, or',
  ],
  [{}, 'has a rule without a role, permission or owner'],
  [{ or: { role: 'admin' } }, 'has a rule without a role, permission or owner'],
  [{ role: undefined }, 'has a rule without a role, permission or owner'],
  [{ role: 'Admin' }, 'names the role "Admin", which does not exist'],
  [{ role: ['admin', 'boss'] }, 'names the role "boss", which does not exist'],
  [{ role: 'constructor' }, 'names the role "constructor", which does not exist'],
  [{ role: [] }, 'has an empty list of roles'],
  [{ role: 5 }, 'names the role 5, which does not exist'],
  [{ role: null }, 'names the role null, which does not exist'],
  [{ permission: ['users:read'] }, 'names the permission ["users:read"], which no role has'],
  [{ role: 'admin', or: null }, "is null, but must be 'public', 'signed-in' or a rule"],
  [{ permission: 'users:delete' }, 'names the permission "users:delete", which no role has'],
  [{ permission: '' }, 'names the permission "", which no role has'],
  [{ owner: 'userId' }, 'names the owner "userId", but the path has no such parameter'],
  [{ owner: 'params.user' }, 'names the owner "params.user", but the path has no such parameter'],
  [{ owner: 'query.userId' }, 'names the owner "query.userId", but the path has no such parameter'],
  [{ role: 'admin', or: 'public' }, `is "public", but must be 'public', 'signed-in' or a rule`],
  [{ role: 'admin', or: { role: 'boss' } }, 'names the role "boss", which does not exist'],
  [
    { role: 'admin', or: { client: true } },
    'has client within a rule, but it must come first: { client: true, or: { role: "admin" } }',
  ],
]

const wrongForClients: readonly (readonly [unknown, string])[] = [
  [{ client: false }, 'has the part client, which is false, but must be true'],
  [{ client: 'true' }, 'has the part client, which is "true", but must be true'],
  [{ client: undefined }, 'has the part client, which is undefined, but must be true'],
  [{ client: true, role: 'admin' }, 'has beside client the part role. Only or may stand there'],
  [{ client: true, Or: { role: 'admin' } }, 'has beside client the part Or. Only or may stand there'],
  [{ client: true, or: 'public' }, "admits every client by or: 'public', which needs no guard"],
  [{ client: true, or: { permission: 'no:such' } }, 'names the permission "no:such", which no role has'],
  [{ client: true, or: undefined }, "is undefined, but must be 'public', 'signed-in' or a rule"],
  [
    { client: true, or: { client: true } },
    'has client within a rule, but it must come first: { client: true, or: { role: "admin" } }',
  ],
]

for (const [guard, message] of wrong) {
  t.test(`${JSON.stringify(guard)} ${message}`, async (t) => {
    t.throws(() => compileGuard(guard, PATH, roles), { name: 'TypeError', message })
  })
}

t.test('stops the start for a mistyped guard, and the error names the route', async (t) => {
  await buildApp(t, {
    routes(app) {
      for (const [guard, message] of [...wrong, ...wrongForClients]) {
        const route = { config: { auth: guard as Guard } }
        t.throws(() => app.get(PATH, route, async () => null), {
          name: 'TypeError',
          message: `GET ${PATH}: config.auth ${message}`,
        })
      }
    },
  })
})

t.test(
  'stops the start for a mistyped guard of several methods, and the error names all of them',
  async (t) => {
    const starting = buildApp(t, {
      routes(app) {
        const config = { auth: { role: 'boss' } } as const
        app.route({ method: ['POST', 'PUT'], url: '/orders', config, handler: async () => null })
      },
    })
    await t.rejects(starting, {
      message: 'POST,PUT /orders: config.auth names the role "boss", which does not exist',
    })
  },
)

type Case = readonly [guard: Guard, caller: Caller, params: Record<string, string>, allowed: boolean]

const cases: readonly Case[] = [
  ['signed-in', ada, {}, true],
  [{ role: 'admin' }, ada, {}, false],
  [{ role: 'admin' }, root, {}, true],
  [{ role: ['user', 'admin'] }, ada, {}, true],
  [{ role: ['user', 'admin'] }, clerk, {}, false],
  [{ permission: 'users:read' }, root, {}, true],
  [{ permission: 'users:read' }, ada, {}, false],
  [{ permission: 'users:read' }, clerk, {}, false],
  [{ owner: 'params.userId' }, ada, { userId: 'ada' }, true],
  [{ owner: 'params.userId' }, ada, { userId: 'bo' }, false],
  [{ owner: 'params.userId' }, ada, { orderId: 'ada' }, false],
  [{ owner: 'params.userId' }, ada, {}, false],
  [{ role: 'user', owner: 'params.userId' }, ada, { userId: 'ada' }, true],
  [{ role: 'admin', owner: 'params.userId' }, ada, { userId: 'ada' }, false],
  [{ role: 'admin', owner: 'params.userId' }, root, { userId: 'ada' }, false],
  [{ owner: 'params.userId', or: { role: 'admin' } }, ada, { userId: 'ada' }, true],
  [{ owner: 'params.userId', or: { role: 'admin' } }, root, { userId: 'ada' }, true],
  [{ owner: 'params.userId', or: { role: 'admin' } }, clerk, { userId: 'ada' }, false],
  [{ owner: 'params.userId', permission: 'users:read' }, ada, { userId: 'ada' }, false],
  [{ owner: 'params.userId', permission: 'users:read' }, root, { userId: 'root' }, true],
  [{ role: 'user', or: { permission: 'users:read', or: { owner: 'params.userId' } } }, ada, {}, true],
  [{ role: 'user', or: { permission: 'users:read', or: { owner: 'params.userId' } } }, root, {}, true],
  [{ role: 'admin', or: { permission: 'users:read', or: { owner: 'params.userId' } } }, clerk, {}, false],
  [
    { role: 'admin', or: { permission: 'users:read', or: { owner: 'params.userId' } } },
    clerk,
    { userId: 'clerk' },
    true,
  ],
]

for (const [guard, caller, params, allowed] of cases) {
  const verb = allowed ? 'admits' : 'refuses'
  t.test(`${JSON.stringify(guard)} ${verb} ${caller.userId} at ${JSON.stringify(params)}`, async (t) => {
    t.equal(compileGuard(guard, PATH, roles)?.(caller, params), allowed)
  })
}

t.test('knows the permission to introspect tokens, although no built-in role has it', async (t) => {
  t.ok(compileGuard({ permission: 'tokens:introspect' }, PATH, roles))
  t.notOk(ADMIN_SCOPE.includes('tokens:introspect'))
})

t.test('checks nothing on a public route', async (t) => {
  t.equal(compileGuard('public', PATH, roles), null)
})

t.test('closes a route that declares no guard', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/forgotten', async () => 'open')
      app.get('/with-a-hook', { preHandler: (_request, _reply, done) => done() }, async () => 'open')
    },
  })
  t.equal((await service.request({ url: '/forgotten' })).statusCode, 401)
  t.equal((await service.request({ url: '/with-a-hook' })).statusCode, 401)
})

t.test('grants a role the permissions that its definition lists, and an unknown role none', async (t) => {
  t.strictSame(roles.names, ['user', 'admin'])
  t.equal(roles.scopeOf('user'), '')
  t.equal(roles.scopeOf('admin'), ADMIN_SCOPE)
  for (const unknown of ['', 'boss', '__proto__', 'constructor', 'toString']) {
    t.equal(roles.isRole(unknown), false)
    t.equal(roles.scopeOf(unknown), '')
    t.equal(roles.reaches(unknown, 'admin'), false)
    t.equal(roles.reaches(unknown, 'user'), true)
    t.equal(roles.isPermission(unknown), false)
  }
  t.ok(ADMIN_SCOPE.split(' ').every(roles.isPermission))
})
