import { statSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import { PASSWORD } from '../../support/app.ts'
import { claimsOf } from '../../support/tokens.ts'
import { codeIn, documentation } from '../documentation.ts'
import type { Line } from '../line.ts'
import { signOutOf, visitAs } from '../pages.ts'
import { routesOf } from '../routes.ts'
import { ACCESS, DEVICE, type Person, REFRESH } from '../service.ts'

/** What a page can have stored, as JSON. */
const STORED = `(async () => JSON.stringify({
  local: { ...localStorage },
  session: { ...sessionStorage },
  databases: await indexedDB.databases(),
  caches: await caches.keys(),
}))()`

/** The columns of the database, as docs/data.md classifies them. */
const classified = () =>
  documentation('data.md')
    .tables('table and columns')
    .flatMap(([names, level = '']) => {
      const [table, ...columns] = codeIn(names)
      return columns.map((column) => ({ table, column, level: /^\w+/.exec(level)?.[0] ?? '' }))
    })

export const dataProtection: readonly Line[] = [
  {
    at: 'V14.1.1',
    demand: 'L2',
    says: 'Sensitive data is listed and classified',
    passes: 'docs/data.md has every column of every table, each with one of three levels',
    async test(t, service) {
      const documented = classified()
      for (const { level } of documented) t.match(level, /^(secret|personal|internal)$/)
      const database = new BetterSqlite(service.database, { readonly: true })
      const columns = database
        .prepare(
          `SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%drizzle%'`,
        )
        .pluck()
        .all() as string[]
      database.close()
      const named = documented.map(({ table, column }) => `${table}.${column}`)
      t.same(named.toSorted(), columns.toSorted())
    },
  },
  {
    at: 'V14.1.2',
    demand: 'L2',
    says: 'Each class of data has documented rules: encryption, retention, logging, access',
    passes:
      'docs/data.md says for each level who reads it, what the log has of it, and how it is kept; and for each column how long',
    async test(t) {
      const rules = documentation('data.md').tables('at rest')
      t.same(
        rules.map(([level]) => level),
        ['**secret**', '**personal**', '**internal**'],
      )
      const [secret = [], personal = []] = rules
      for (const rule of [...secret, ...personal]) t.match(rule, /\w/)
      for (const [columns, , kept] of documentation('data.md').tables('table and columns')) {
        t.match(kept, /\w/, `${columns}`)
      }
    },
  },
  {
    at: 'V14.2.1',
    demand: 'L1',
    says: 'Secrets travel in bodies and headers, never in an address',
    passes: 'a token in the query opens nothing, and no route takes a password or a token from it',
    async test(t, service) {
      const { jar, email } = await service.person()
      for (const name of ['access_token', 'token', ACCESS, 'access']) {
        t.equal((await service.send('GET', `/me?${name}=${jar.get(ACCESS)}`)).status, 401, name)
      }
      const query = new URLSearchParams({
        email,
        username: email,
        password: PASSWORD,
        grant_type: 'password',
      })
      for (const path of ['/auth/login', '/auth/token']) {
        t.equal((await service.send('GET', `${path}?${query}`)).status, 404)
        t.equal((await service.send('POST', `${path}?${query}`, { json: {} })).status, 400)
      }
      const refresh = `refresh_token=${jar.get(REFRESH)}&grant_type=refresh_token`
      t.equal((await service.send('POST', `/auth/token?${refresh}`, { form: {} })).status, 400)
    },
  },
  {
    at: 'V14.2.2',
    demand: 'L2',
    says: 'Sensitive data is not kept by caches on the way',
    passes: 'what only some may read says no-store, and what sets cookies says private besides',
    async test(t, service) {
      const { jar, email } = await service.person()
      for (const { method, path, guarded } of await routesOf(service)) {
        if (!guarded || method !== 'GET') continue
        t.match((await service.send(method, path, { jar })).headers['cache-control'], /no-store/, path)
      }
      const answer = await service.send('POST', '/auth/login', { json: { email, password: PASSWORD } })
      t.equal(answer.headers['cache-control'], 'private, no-store')
      t.equal(answer.headers.etag, undefined)
    },
  },
  {
    at: 'V14.2.3',
    demand: 'L2',
    says: 'Sensitive data is not given to others, such as trackers',
    passes: 'pages may connect to this origin only',
    async test(t, service) {
      for (const path of ['/', '/docs/']) {
        const { headers, body } = await service.page(path)
        t.match(headers['content-security-policy'], /connect-src 'self'(;|$)/, path)
        t.notMatch(body, /<script[^>]+src="(https?:)?\/\//)
      }
    },
  },
  {
    at: 'V14.2.4',
    demand: 'L2',
    says: 'The documented rules for each class of data are carried out',
    passes:
      'what is secret is in no answer and no line of the log; what is personal is read by those alone who may',
    async test(t, service) {
      const person = await service.person('Ada of the fourteenth chapter')
      const administrator = await service.administrator()
      const stranger = await service.person()
      const database = new BetterSqlite(service.database, { readonly: true })
      const secrets = classified()
        .filter(({ level }) => level === 'secret')
        .flatMap(({ table, column }) => database.prepare(`SELECT ${column} FROM ${table}`).pluck().all())
      database.close()
      t.ok(secrets.length > 2)
      const written = secrets.flatMap((value) =>
        Buffer.isBuffer(value) ? [value.toString('hex'), value.toString('base64url')] : [String(value)],
      )

      const read = async ({ jar }: Person) => {
        const reads = (await routesOf(service)).filter(({ method }) => method === 'GET')
        const answers = await Promise.all(
          reads.map(({ path }) => service.send('GET', path.replace(/[0-9a-f-]{36}/, person.id), { jar })),
        )
        return answers.map(({ body }) => body).join('\n')
      }
      const seen = await Promise.all([person, administrator, stranger].map(read))
      for (const value of written) t.notOk([...seen, service.logged()].join().includes(value))
      t.same(
        seen.map((bodies) => bodies.includes(person.email)),
        [true, true, false],
      )
      t.notOk(service.logged().includes('Ada of the fourteenth chapter'))
      t.equal(statSync(service.database).mode & 0o777, 0o600)
    },
  },
  {
    at: 'V14.2.5',
    demand: 'L3',
    says: 'Caches keep only what they should; what is not there is not answered with something else',
    passes: 'an address that looks like a file is not answered with what is before it',
    async test(t, service) {
      const { jar } = await service.person()
      for (const path of [
        '/me/x.css',
        '/me.css',
        '/me%2fx.css',
        '/me;x.css',
        '/me%00.css',
        '/me/..%2fx.js',
      ]) {
        const { status, body } = await service.send('GET', path, { jar })
        t.ok([400, 404].includes(status), `${path}: ${status}`)
        t.notMatch(body, /@example/)
      }
    },
  },
  {
    at: 'V14.2.6',
    demand: 'L3',
    says: 'Answers hold the least of sensitive data that is needed',
    passes: 'an account and a session are shown with these fields and no others',
    async test(t, service) {
      const { jar } = await service.person()
      const { user, session } = (await service.send('GET', '/me', { jar })).json<{
        user: object
        session: object
      }>()
      t.same(Object.keys(user).sort(), [
        'createdAt',
        'disabled',
        'email',
        'emailConfirmed',
        'id',
        'name',
        'role',
      ])
      t.same(Object.keys(session).sort(), [
        'createdAt',
        'current',
        'expiresAt',
        'id',
        'ip',
        'lastSeenAt',
        'userAgent',
      ])
    },
  },
  {
    at: 'V14.2.7',
    demand: 'L3',
    says: 'Data is deleted when it is no longer needed',
    passes: 'sessions that are over and events older than EVENTS_TTL are pruned, and what is not stays',
    async test(t, service) {
      const [old, young] = [await service.person(), await service.person()]
      const driver = new BetterSqlite(service.database)
      const bytes = ({ id }: { id: string }) => Buffer.from(id.replaceAll('-', ''), 'hex')
      const left = (person: { id: string }) =>
        ['sessions', 'auth_events'].map((table) =>
          driver.prepare(`SELECT count(*) FROM ${table} WHERE user_id = ?`).pluck().get(bytes(person)),
        )
      t.strictSame(
        [left(old), left(young)],
        [
          [1, 2],
          [1, 2],
        ],
      )
      const age = (person: { id: string }, ms: number) => {
        driver
          .prepare('UPDATE sessions SET expires_at = expires_at - ? WHERE user_id = ?')
          .run(ms, bytes(person))
        driver.prepare('UPDATE auth_events SET at = at - ? WHERE user_id = ?').run(3 * ms, bytes(person))
      }
      // Sessions are kept for 30 days, and events for 90.
      const [MONTH_MS, MINUTE_MS] = [30 * 86_400_000, 60_000]
      age(old, MONTH_MS)
      age(young, MONTH_MS - MINUTE_MS)
      await service.tacit(['prune'])
      t.strictSame(
        [left(old), left(young)],
        [
          [0, 0],
          [1, 2],
        ],
      )
      driver.close()
    },
  },
  {
    at: 'V14.2.8',
    demand: 'L3',
    says: 'Metadata of files that people upload is removed',
    notApplicable: 'Nobody uploads files.',
  },
  {
    at: 'V14.3.1',
    demand: 'L1',
    says: 'What a browser kept of a person is cleared when the session ends',
    passes:
      'after signing out in a page, neither the page nor any storage nor a cookie holds name, address or session',
    needs: 'browser',
    async test(t, service) {
      const person = await service.person('Ada of the cleared page')
      const page = await visitAs(service, person)
      const held = async () => `${await page.content()} ${await page.evaluate(STORED)}`
      t.match(await held(), 'Ada of the cleared page')
      await signOutOf(page).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      const after = await held()
      for (const word of ['Ada of', person.email, person.id]) t.notOk(after.includes(word), word)
      t.match(after, '{"local":{},"session":{},"databases":[],"caches":[]}')
      const names = (await page.context().cookies()).map(({ name }) => name)
      t.same(names, [DEVICE], 'what tells that somebody signed in here lets nobody in')
      await page.context().close()
    },
  },
  {
    at: 'V14.3.2',
    demand: 'L2',
    says: 'Browsers are told not to keep sensitive data',
    passes: 'what a signed-in person reads says no-store',
    async test(t, service) {
      const { jar, id } = await service.person()
      for (const path of ['/me', '/me/sessions', `/users/${id}`]) {
        const { status, headers } = await service.send('GET', path, { jar })
        t.equal(status, 200)
        t.match(headers['cache-control'], /no-store/, path)
      }
    },
  },
  {
    at: 'V14.3.3',
    demand: 'L2',
    says: 'Browsers store no sensitive data but session tokens',
    passes: 'there are three cookies, all of them tokens, and none holds name or address',
    async test(t, service) {
      const { jar, email } = await service.person('Ada Lovelace')
      t.same([...jar.cookies.keys()].sort(), [ACCESS, DEVICE, REFRESH])
      const held = JSON.stringify(claimsOf(jar.get(ACCESS) as string))
      const refresh = Buffer.from(String(jar.get(REFRESH)).slice('tacit_rt_'.length), 'base64url').toString(
        'latin1',
      )
      for (const word of ['Ada', email]) t.notOk(held.includes(word) || refresh.includes(word), word)
    },
  },
]
