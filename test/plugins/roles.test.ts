import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { RoleDefinitions } from '../../src/access/roles.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../support/administration.ts'
import { buildApp, testEnvironment } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { failuresBefore, failuresOf } from '../support/failures.ts'
import { matchesWhole } from '../support/lists.ts'
import { FORBIDDEN, isRefusal } from '../support/refusals.ts'
import { someUser } from '../support/rows-by-hand.ts'
import { claimsOf, fetchTokens } from '../support/tokens.ts'

const roles = { editor: ['articles:read', 'articles:write'], clerk: ['users:read', 'users:write'] }
const forbidden = { status: 403, code: 'ACCESS_FORBIDDEN', message: FORBIDDEN }

t.test('assigns a defined role, which guards routes and is part of the token', async (t) => {
  const service = await buildApp(t, {
    roles,
    routes(app) {
      const config = { auth: { permission: 'articles:write', or: { role: 'admin' } } } as const
      app.post('/articles', { config }, async () => 'written')
      app.get('/desk', { config: { auth: { role: ['editor', 'clerk'] } } }, async () => 'desk')
    },
  })
  const [root, ada] = [await administrator(service), await person(service, 'ada')]
  const write = (jar = ada.jar) => service.request({ method: 'POST', url: '/articles' }, jar)
  isRefusal(t, await write(), forbidden)
  t.match((await change(service, root, ada, { role: 'editor' })).json(), { user: { role: 'editor' } })
  t.equal((await write()).statusCode, 200)
  t.equal((await service.request({ url: '/desk' }, ada.jar)).statusCode, 200)
  t.equal((await write(root.jar)).statusCode, 200)
  isRefusal(t, await service.request({ url: '/desk' }, root.jar), forbidden)
  t.match(claimsOf((await fetchTokens(service)).access_token), {
    role: 'editor',
    scope: 'articles:read articles:write',
  })

  const { paths } = (await service.request({ url: '/docs/openapi.json' })).json()
  const { schema } = paths['/admin/users/{userId}'].patch.requestBody.content['application/json']
  t.same(schema.properties.role.enum, ['user', 'admin', 'editor', 'clerk'])
})

t.test(
  'stops the start for a role whose access cookie a browser would drop, and accepts a smaller one',
  async (t) => {
    const MAX_BYTES = 4_096
    /** The service with a role whose scope has so many bytes. */
    const start = (bytes: number) => {
      const names = 'x'.repeat(bytes).match(/.{1,100}/g) as string[]
      return buildApp(t, { roles: { editor: names.map((name) => name.slice(1) || 'x') } })
    }
    const refusal = await start(3_000).catch((error: Error) => error)
    const message = String((refusal as Error).message)
    t.match(
      message,
      /^The role editor makes an access cookie of 4[0-9]{3} bytes, but browsers accept at most 4096\. Give the role fewer or shorter permissions\.$/,
    )

    const excess = Number(/of ([0-9]+) bytes/.exec(message)?.[1]) - MAX_BYTES
    const fitting = 3_000 - Math.ceil((excess * 3) / 4)
    const service = await start(fitting)
    const { jar } = await person(service, 'ada', 'editor')
    t.equal((await service.request({ url: '/me' }, jar)).statusCode, 200)
    t.ok(`access=${jar.get('access')}`.length <= MAX_BYTES)
    t.ok(`access=${jar.get('access')}`.length > MAX_BYTES - 200)
    await t.rejects(start(fitting + 2), { name: 'ConfigError' })
  },
)

t.test('lists the roles and their permissions to a caller who may read accounts', async (t) => {
  const service = await buildApp(t, { roles })
  const clerk = await person(service, 'clerk', 'clerk')
  const { statusCode, body } = await service.request({ url: '/admin/roles' }, clerk.jar)
  t.equal(statusCode, 200)
  const permitted = Object.fromEntries(
    JSON.parse(body).roles.map(({ name, permissions }: { name: string; permissions: string[] }) => [
      name,
      permissions,
    ]),
  )
  t.strictSame(Object.keys(permitted), ['user', 'admin', 'editor', 'clerk'])
  t.strictSame([permitted.user, permitted.editor, permitted.clerk], [[], roles.editor, roles.clerk])
  t.ok(permitted.admin.includes('users:write'))
})

t.test('refuses to assign or remove a role that permits more than the caller’s own', async (t) => {
  const service = await buildApp(t, { roles })
  const root = await administrator(service)
  const [clerk, ada] = [await person(service, 'clerk', 'clerk'), await person(service, 'ada')]
  t.equal((await change(service, clerk, ada, { disabled: true })).statusCode, 200)
  t.equal((await change(service, clerk, ada, { disabled: false, role: 'clerk' })).statusCode, 200)
  t.equal((await change(service, clerk, ada, { role: 'user' })).statusCode, 200)
  for (const role of ['admin', 'editor']) {
    isRefusal(t, await change(service, clerk, clerk, { role }), forbidden)
    isRefusal(t, await change(service, clerk, ada, { role }), forbidden)
  }
  for (const access of [{ role: 'user' }, { disabled: true }, { passwordChangeRequired: true }]) {
    isRefusal(t, await change(service, clerk, root, access), forbidden)
  }
  t.match(await internalsOf(service.app).accounts.get(root.id), { role: 'admin', disabledAt: null })
})

t.test(
  'refuses to change an account whose role permits more, whatever the permission of the caller',
  async (t) => {
    const usher = ['sessions:read', 'sessions:end', 'users:write', 'users:read']
    const service = await buildApp(t, { roles: { usher, greeter: ['sessions:end'] } })
    const [root, ada] = [await administrator(service), await person(service, 'ada')]
    const [kim, lee] = [await person(service, 'kim', 'usher'), await person(service, 'lee', 'greeter')]
    const end = (by: Person, { id, jar }: Person, one = false) => {
      const sid = one ? `/${claimsOf(jar.get('access') as string).sid}` : ''
      return service.request({ method: 'DELETE', url: `/admin/users/${id}/sessions${sid}` }, by.jar)
    }
    const isIn = async ({ jar }: Person) => (await service.request({ url: '/me' }, jar)).statusCode === 200
    for (const [by, above] of [
      [kim, root],
      [lee, root],
      [lee, kim],
    ] as const) {
      for (const one of [true, false]) isRefusal(t, await end(by, above, one), forbidden)
      t.ok(await isIn(above))
    }
    matchesWhole(t, await internalsOf(service.app).store.listEvents(1), [
      {
        type: 'access-refused',
        userId: kim.id,
        actorId: lee.id,
        reason: 'a role that permits more than their own',
      },
    ])
    await failuresBefore(service, 100, 'root@example.com')
    const unlock = ({ id }: Person) =>
      service.request({ method: 'POST', url: `/admin/users/${id}/unlock` }, kim.jar)
    isRefusal(t, await unlock(root), forbidden)
    t.equal(await failuresOf(service, 'root@example.com'), 100)
    t.equal((await unlock(lee)).statusCode, 204)
    const remove = ({ id }: Person) =>
      service.request({ method: 'DELETE', url: `/admin/users/${id}` }, kim.jar)
    isRefusal(t, await remove(root), forbidden)
    t.ok(await isIn(root))
    const mo = await person(service, 'mo', 'greeter')
    t.equal((await remove(mo)).statusCode, 204)
    t.notOk(await isIn(mo))

    t.equal((await end(lee, ada, true)).statusCode, 204)
    t.equal((await end(kim, lee)).statusCode, 204)
    t.same([await isIn(ada), await isIn(lee)], [false, false])
    t.equal((await end(root, kim)).statusCode, 204)
  },
)

t.test('lets an administrator change an account whose role is no longer defined', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const before = await buildApp(t, { environment, roles })
  const [root, clerk] = [await administrator(before), await person(before, 'clerk', 'clerk')]
  const after = await buildApp(t, { environment, clock: before.clock })
  t.equal((await change(after, root, clerk, { role: 'user' })).statusCode, 200)
})

const wrong: readonly (readonly [unknown, string])[] = [
  [{ admin: ['everything'] }, 'roles: admin is a built-in role. Choose another name'],
  [{ user: [] }, 'roles: user is a built-in role. Choose another name'],
  [
    { Editor: [] },
    'roles: "Editor" must be 1 to 64 lower-case letters, digits, - and _, and begin with a letter',
  ],
  [{ '': [] }, 'roles: "" must be 1 to 64 lower-case letters, digits, - and _, and begin with a letter'],
  [{ editor: 'articles:write' }, 'roles: editor must be a list of permissions'],
  [
    { editor: ['articles:read articles:write'] },
    'roles: editor has "articles:read articles:write", but a permission must be a name without spaces, such as articles:write',
  ],
  [
    { editor: [''] },
    'roles: editor has "", but a permission must be a name without spaces, such as articles:write',
  ],
  [
    { editor: [1] },
    'roles: editor has 1, but a permission must be a name without spaces, such as articles:write',
  ],
  [['editor'], 'roles: must be an object such as { editor: ["articles:write"] }'],
  ['editor', 'roles: must be an object such as { editor: ["articles:write"] }'],
]

for (const [roles, message] of wrong) {
  t.test(`stops the start for roles ${JSON.stringify(roles)}: ${message}`, async (t) => {
    await t.rejects(buildApp(t, { roles: roles as RoleDefinitions }), { name: 'TypeError', message })
  })
}

t.test('stops the start for a guard with an undefined role or permission', async (t) => {
  for (const [auth, name] of [
    [{ role: 'editr' }, 'the role "editr", which does not exist'],
    [{ permission: 'articles:wrote' }, 'the permission "articles:wrote", which no role has'],
  ] as const) {
    const starting = buildApp(t, {
      roles,
      routes: (app) => app.get('/', { config: { auth } }, async () => ''),
    })
    await t.rejects(starting, { message: `GET /: config.auth names ${name}` })
  }
})

t.test('a role that is no longer defined has no permission', async (t) => {
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const before = await buildApp(t, { environment, roles })
  const clerk = await person(before, 'clerk', 'clerk')
  t.equal((await before.request({ url: '/admin/users' }, clerk.jar)).statusCode, 200)
  const after = await buildApp(t, { environment, clock: before.clock })
  isRefusal(t, await after.request({ url: '/admin/users' }, clerk.jar), forbidden)
  t.match((await after.request({ url: '/me' }, clerk.jar)).json(), { user: { role: 'clerk' } })
})

t.test('the command line of an application accepts its roles', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const store = createSqliteStore({ url: DATABASE_URL })
  t.teardown(() => store.close())
  const user = someUser({ email: 'ada@example.com', emailKey: 'ada@example.com' })
  await store.createUser(user)
  const index = fileURLToPath(new URL('../../src/index.ts', import.meta.url))
  const directory = t.testdir({})
  const program = join(directory, 'accounts.ts')
  writeFileSync(
    program,
    `import { runCommandLine } from ${JSON.stringify(index)}
     process.exitCode = await runCommandLine(process.argv.slice(2), { roles: { editor: ['articles:write'] } })`,
  )
  const settings = Object.entries({ ...testEnvironment, DATABASE_URL }).map(([name, value]) => [
    name,
    `${value}`,
  ])
  const child = spawn(process.execPath, [program, 'user', 'role', 'ada@example.com', 'editor'], {
    cwd: directory,
    env: { ...process.env, ...Object.fromEntries(settings) },
  })
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  t.same([status, stdout, stderr], [0, 'ada@example.com has the role editor now.\n', ''])
  t.match(await store.findUser(user.id), { role: 'editor' })
})
