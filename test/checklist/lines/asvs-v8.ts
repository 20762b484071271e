import { PASSWORD } from '../../support/app.ts'
import { claimsOf, HEADER, jwt } from '../../support/tokens.ts'
import { anHourLater } from '../database.ts'
import { codeIn, documentation } from '../documentation.ts'
import { guessUntilPaused } from '../guessing.ts'
import type { Line } from '../line.ts'
import type { Answer, RequestOptions } from '../requests.ts'
import { routesOf } from '../routes.ts'
import { ACCESS } from '../service.ts'

export const authorization: readonly Line[] = [
  {
    at: 'V8.1.1',
    demand: 'L1',
    says: 'The documentation says who may call what, and whose data they see',
    passes: 'the description of the API names the guard of each route, and each route keeps it',
    async test(t, service) {
      const { jar } = await service.person()
      const routes = await routesOf(service)
      t.ok(routes.some(({ guarded }) => guarded) && routes.some(({ forbidden }) => forbidden))
      for (const { method, path, guarded, forbidden, body } of routes) {
        const json = body ? { json: body } : {}
        if (guarded) t.equal((await service.send(method, path, json)).status, 401, `${method} ${path}`)
        if (forbidden) {
          t.equal((await service.send(method, path, { ...json, jar })).status, 403, `${method} ${path}`)
        }
      }
    },
  },
  {
    at: 'V8.1.2',
    demand: 'L2',
    says: 'The documentation says which fields may be read and written by whom',
    passes: 'docs/data.md has every field that an answer shows or a request may write, with who may',
    async test(t, service) {
      const rows = documentation('data.md').tables('written by')
      const readable = new Set<string>()
      const { jar } = await service.administrator()
      for (const path of ['/me', '/me/sessions', '/admin/users']) {
        const { body } = await service.send('GET', path, { jar })
        for (const [, name] of body.matchAll(/"(\w+)":(?![[{])/g)) readable.add(name as string)
      }
      const writable = new Set((await routesOf(service)).flatMap(({ writes }) => writes))
      t.ok(readable.size > 10 && writable.size > 10)
      const whoever = (column: number) =>
        new Set(rows.filter((row) => !row[column]?.startsWith('nobody')).flatMap(([names]) => codeIn(names)))
      t.same(
        [...readable].filter((name) => name !== 'nextCursor' && !whoever(1).has(name)),
        [],
      )
      t.same([...writable].toSorted(), [...whoever(2)].toSorted())
    },
  },
  {
    at: 'V8.1.3',
    demand: 'L3',
    says: 'Time, place and device, where they count, are documented',
    passes:
      'docs/sign-in.md says which count; another browser, language or address changes nothing of a refresh or a sign-in',
    async test(t, service) {
      const counted = documentation('sign-in.md').tables('what it changes').join('\n')
      t.notMatch(counted, /language|country|user agent|time of day/)

      const { jar, email } = await service.person()
      const json = { email, password: PASSWORD, remember: true }
      const shapes = ({ status, body, setCookies }: Answer) => ({
        status,
        body: body.replace(/"session":\{[^}]*\}/, ''),
        // To the minute: the answers are made one after the other.
        cookies: setCookies.map((line) =>
          line
            .replace(/=[^;]*/, '')
            .replace(/Max-Age=(\d+)/, (_, age: string) => `Max-Age: ${Math.round(Number(age) / 60)} min`),
        ),
      })
      const requests = [
        ['POST', '/auth/refresh', { jar }],
        ['GET', '/me', { jar }],
        ['POST', '/auth/login', { json }],
      ] as const
      for (const [method, path, options] of requests) {
        const usual = shapes(await service.send(method, path, options))
        t.ok(usual.status < 300, path)
        for (const other of [
          { headers: { 'user-agent': 'Another/1.0', 'accept-language': 'ja' } },
          { headers: { 'user-agent': undefined, 'accept-language': undefined } },
          { from: '127.0.0.2' },
        ]) {
          t.strictSame(shapes(await service.send(method, path, { ...options, ...other })), usual, path)
        }
      }
    },
  },
  {
    at: 'V8.1.4',
    demand: 'L3',
    says: 'It is documented how such circumstances are weighed',
    passes: 'docs/sign-in.md has a table of what each of them changes, and of nothing else',
    async test(t) {
      const rows = documentation('sign-in.md').tables('what it changes')
      t.same(
        rows.map(
          ([circumstance]) => /address|browser|signed in|two places/.exec(circumstance as string)?.[0],
        ),
        ['address', 'browser', 'signed in', 'two places'],
      )
      for (const [circumstance, change] of rows) t.match(change, /\w{3}/, `${circumstance}`)
    },
  },
  {
    at: 'V8.2.1',
    demand: 'L1',
    says: 'Functions are for those who were given them',
    passes: 'no guarded route answers a stranger, a forged role, or somebody without the role',
    async test(t, service) {
      const routes = (await routesOf(service)).filter(({ guarded }) => guarded)
      t.ok(routes.length >= 7, `${routes.length} guarded routes`)
      const claims = claimsOf((await service.tokens(await service.person())).access_token)
      const forged = jwt(HEADER, { ...claims, role: 'admin', scope: 'users:read' }, () => 'AAAA')
      for (const { method, path, body } of routes) {
        const json = body ? { json: body } : {}
        for (const headers of [
          {},
          { authorization: `Bearer ${forged}` },
          { cookie: `${ACCESS}=${forged}` },
        ]) {
          t.equal((await service.send(method, path, { ...json, headers })).status, 401, `${method} ${path}`)
        }
      }
    },
  },
  {
    at: 'V8.2.2',
    demand: 'L1',
    says: 'Data belongs to somebody, and nobody else reads or changes it',
    passes:
      "another's account is forbidden, another's session is not there, and an id that is changed gains nothing",
    async test(t, service) {
      const [ada, bo] = [await service.person(), await service.person()]
      t.equal((await service.send('GET', `/users/${ada.id}`, { jar: ada.jar })).status, 200)
      t.equal((await service.send('GET', `/users/${bo.id}`, { jar: ada.jar })).status, 403)
      const nobody = '019bc186-de00-738c-b587-e5f65ab95d6c'
      t.equal((await service.send('GET', `/users/${nobody}`, { jar: ada.jar })).status, 403)
      const { session } = (await service.send('GET', '/me', { jar: bo.jar })).json<{
        session: { id: string }
      }>()
      t.equal((await service.send('DELETE', `/me/sessions/${session.id}`, { jar: ada.jar })).status, 404)
      t.equal((await service.send('GET', '/me', { jar: bo.jar })).status, 200)
    },
  },
  {
    at: 'V8.2.3',
    demand: 'L2',
    says: 'Fields are read and written only by those who may',
    passes: 'role, id, address and state cannot be written along, and no hash can be read',
    async test(t, service) {
      const { jar, id } = await service.person()
      for (const extra of [
        { role: 'admin' },
        { disabled: false },
        { emailConfirmed: true },
        { id: 'x' },
        { passwordHash: 'x' },
      ]) {
        t.equal((await service.send('PATCH', '/me', { jar, json: { name: 'A', ...extra } })).status, 400)
        const json = { email: 'fields@example.org', password: 'four quite different words', ...extra }
        t.equal((await service.send('POST', '/auth/register', { json })).status, 400)
      }
      const polluted =
        '{"name":"A","__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}}}'
      const headers = { 'content-type': 'application/json' }
      t.equal((await service.send('PATCH', '/me', { jar, form: polluted, headers })).status, 400)
      const me = await service.send('GET', '/me', { jar })
      t.match(me.json(), { user: { id, role: 'user' } })
      t.strictSame(Object.keys(me.json<{ user: object }>().user).sort(), [
        'createdAt',
        'disabled',
        'email',
        'emailConfirmed',
        'id',
        'name',
        'role',
      ])
    },
  },
  {
    at: 'V8.2.4',
    demand: 'L3',
    says: 'Controls adapt to the circumstances of a request, at sign-in and during a session',
    passes:
      'each circumstance of docs/sign-in.md decides: address, browser, time since the sign-in, a token in two places',
    async test(t, service) {
      const person = await service.person()
      const { email, jar } = person
      t.ok(await guessUntilPaused(service, email, '/auth/login'), 'a stranger is paused')
      const right = { json: { email, password: PASSWORD } }
      t.equal(
        (await service.send('POST', '/auth/login', { ...right, jar })).status,
        200,
        'a known browser is not',
      )

      await anHourLater(service, person)
      t.match((await service.send('DELETE', '/me', { jar })).json(), { code: 'REAUTHENTICATION_REQUIRED' })

      const { refresh_token } = await service.tokens(await service.person())
      const next = (await service.refresh(refresh_token)).json<{ access_token: string }>()
      await service.proveReceipt({ bearer: next.access_token })
      t.equal((await service.refresh(refresh_token)).status, 400)
      t.equal((await service.send('GET', '/me', { bearer: next.access_token })).status, 401)

      const strict = await service.variant({ LOGIN_RATE_LIMIT_MAX: 1 })
      await strict.send('POST', '/auth/login', right)
      t.equal((await strict.send('POST', '/auth/login', right)).status, 429)
    },
  },
  {
    at: 'V8.3.1',
    demand: 'L1',
    says: 'Rights are decided on the server, by nothing that the caller can change',
    passes: 'a role in a header, a cookie, the query or a body gives nobody anything',
    async test(t, service) {
      const [ada, bo] = [await service.person(), await service.person()]
      const headers = {
        'x-role': 'admin',
        'x-user-role': 'admin',
        'remote-role': 'admin',
        scope: 'users:read',
      }
      const jar = ada.jar.copy().set('role', 'admin').set('isAdmin', 'true')
      for (const query of ['', '?role=admin&admin=true&userId=x']) {
        t.equal((await service.send('GET', `/users/${bo.id}${query}`, { jar, headers })).status, 403)
      }
    },
  },
  {
    at: 'V8.3.2',
    demand: 'L3',
    says: 'A change of rights holds at once',
    passes:
      'a role that the command line or an administrator gives or takes holds at the next request of each session, with the tokens from before',
    async test(t, service) {
      const administrator = await service.administrator()
      const person = await service.person()
      const { id: other } = await service.person()
      const phone = await service.signIn(person)
      const { access_token } = await service.tokens(person)
      const statusFor = async (options: RequestOptions) =>
        (await service.send('GET', `/users/${other}`, options)).status
      const statuses = async () => [
        await statusFor({ jar: person.jar }),
        await statusFor({ jar: phone }),
        await statusFor({ bearer: access_token }),
      ]
      const overHttp = async (role: string) => {
        const options = { jar: administrator.jar, json: { role } }
        t.equal((await service.send('PATCH', `/admin/users/${person.id}`, options)).status, 200)
      }
      const onTheCommandLine = (role: string) => service.tacit(['user', 'role', person.email, role])

      for (const change of [overHttp, onTheCommandLine]) {
        // A bearer token says what it said. It is good again once the account is what it says.
        t.strictSame(await statuses(), [403, 403, 403])
        await change('admin')
        t.strictSame(await statuses(), [200, 200, 401], 'given')
        await change('user')
        t.strictSame(await statuses(), [403, 403, 403], 'taken')
      }
    },
  },
  {
    at: 'V8.3.3',
    demand: 'L3',
    says: 'Rights are those of the person who asks, not of a service in between',
    notApplicable: 'There is no service in between, and none has an account.',
  },
  {
    at: 'V8.4.1',
    demand: 'L2',
    says: 'Tenants are kept apart',
    notApplicable: 'A service has one tenant: its own accounts.',
  },
  {
    at: 'V8.4.2',
    demand: 'L3',
    says: 'Administrative interfaces have several layers of protection',
    notYet:
      'An administrator needs the role and a session. A recent sign-in and a second factor are still to come.',
  },
]
