import BetterSqlite from 'better-sqlite3'
import { PASSWORD } from '../../support/app.ts'
import { claimsOf } from '../../support/tokens.ts'
import type { Line } from '../line.ts'
import { routesOf } from '../routes.ts'
import { ACCESS, DEVICE, REFRESH } from '../service.ts'

export const dataProtection: readonly Line[] = [
  {
    at: 'V14.1.1',
    demand: 'L2',
    says: 'Sensitive data is listed and classified',
    notYet: 'SECURITY.md says what is defended against what; there is no list of data with levels.',
  },
  {
    at: 'V14.1.2',
    demand: 'L2',
    says: 'Each class of data has documented rules: encryption, retention, logging, access',
    notYet: 'As V14.1.1.',
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
      const { headers, body } = await service.send('GET', '/docs/')
      t.match(headers['content-security-policy'], /connect-src 'self'(;|$)/)
      t.notMatch(body, /<script[^>]+src="(https?:)?\/\//)
    },
  },
  {
    at: 'V14.2.4',
    demand: 'L2',
    says: 'The documented rules for each class of data are carried out',
    notYet: 'As V14.1.1: what is not documented as a rule cannot be tested as one.',
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
      t.same(Object.keys(user).sort(), ['createdAt', 'disabled', 'email', 'id', 'name', 'role'])
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
      driver.prepare('UPDATE sessions SET expires_at = 1 WHERE user_id = ?').run(bytes(old))
      driver.prepare('UPDATE auth_events SET at = 1 WHERE user_id = ?').run(bytes(old))
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
    notYet:
      'Cookies are cleared (V7.4.1) and nothing is cached (V14.3.2); Clear-Site-Data is not sent, and pages clear their own.',
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
