import { PASSWORD } from '../../support/app.ts'
import { everyAnswer, everyKindOfAnswer, TRUSTING } from '../answers.ts'
import type { Line } from '../line.ts'
import { routesOf } from '../routes.ts'

const EVIL = 'https://attacker.example'

/** Everything that changes something, as a page would have to ask for it. */
const CHANGES = [
  ['POST', '/auth/register'],
  ['POST', '/auth/login'],
  ['POST', '/auth/logout'],
  ['POST', '/auth/refresh'],
  ['POST', '/auth/token'],
  ['PATCH', '/me'],
  ['DELETE', '/me'],
  ['POST', '/me/password'],
  ['DELETE', '/me/sessions'],
  ['DELETE', '/me/sessions/AAAAAAAAAAAAAAAAAAAAAA'],
] as const

export const origins: readonly Line[] = [
  {
    at: 'V3.5.1',
    demand: 'L1',
    says: 'A request that changes something is checked to come from the application itself',
    passes: 'what a foreign page makes a browser send is refused on every route that changes something',
    async test(t, service) {
      const { jar } = await service.person()
      const changes = (await routesOf(service)).filter(({ method }) => method !== 'GET')
      t.ok(changes.length > CHANGES.length, 'those of administrators are among them')
      for (const { method, path } of changes) {
        for (const headers of [
          { 'sec-fetch-site': 'cross-site', origin: EVIL },
          { 'sec-fetch-site': 'same-site', origin: 'https://sibling.example.com' },
          { 'sec-fetch-site': undefined, origin: EVIL },
          { 'sec-fetch-site': undefined, origin: 'null' },
          { 'sec-fetch-site': undefined },
        ]) {
          const json = method === 'POST' ? {} : undefined
          const answer = await service.send(method, path, { jar, headers, ...(json && { json }) })
          t.equal(answer.status, 403, `${method} ${path}`)
          t.match(answer.body, /did not come from a page|must say where it comes from/)
          t.same(answer.setCookies, [])
        }
      }
      t.equal((await service.send('GET', '/me', { jar })).status, 200, 'nothing happened to the session')
    },
  },
  {
    at: 'V3.5.2',
    demand: 'L1',
    says: 'What relies on a preflight cannot be reached by a request that needs none',
    passes: 'forms and plain text, which need no preflight, are not understood where browsers sign in',
    async test(t, service) {
      const { email, jar } = await service.person()
      const body = JSON.stringify({ email, password: PASSWORD })
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
      ]) {
        for (const path of ['/auth/login', '/auth/register', '/me/password']) {
          const headers = { 'content-type': type }
          const answer = await service.send('POST', path, { jar, form: body, headers })
          t.ok([400, 415].includes(answer.status), `${path} ${type}`)
          t.same(answer.setCookies, [])
        }
      }
    },
  },
  {
    at: 'V3.5.3',
    demand: 'L1',
    says: 'What changes something is asked for with POST, PATCH, PUT or DELETE, never with a safe method',
    passes: 'GET, HEAD and OPTIONS on those paths find nothing and change nothing',
    async test(t, service) {
      const { jar } = await service.person()
      for (const [, path] of CHANGES.filter(([, path]) => path !== '/me' && path !== '/me/sessions')) {
        for (const method of ['GET', 'HEAD', 'OPTIONS']) {
          t.equal((await service.send(method, path, { jar })).status, 404, `${method} ${path}`)
        }
      }
      t.equal((await service.send('GET', '/me', { jar })).status, 200)
    },
  },
  {
    at: 'V3.5.4',
    demand: 'L2',
    says: 'Separate applications have host names of their own',
    notApplicable: 'This is one application. On which host it lives is decided where it is deployed.',
  },
  {
    at: 'V3.5.5',
    demand: 'L2',
    says: 'Messages of postMessage are believed from trusted origins only',
    notApplicable:
      'No page listens to postMessage. Tabs talk over a BroadcastChannel, which no other origin reaches.',
  },
  {
    at: 'V3.5.6',
    demand: 'L3',
    says: 'There is no JSONP',
    passes: 'a callback in the query is ignored: the answer is JSON',
    async test(t, service) {
      const { jar } = await service.person()
      for (const name of ['callback', 'jsonp', 'cb']) {
        const { headers, body } = await service.send('GET', `/me?${name}=steal`, { jar })
        t.match(headers['content-type'], /^application\/json/)
        t.notMatch(body, /steal/)
      }
    },
  },
  {
    at: 'V3.5.7',
    demand: 'L3',
    says: 'What needs a right to be seen is in no script',
    passes: 'the scripts of the pages hold nothing of the person who loads them',
    async test(t, service) {
      const { jar, email, id } = await service.administrator()
      for (const path of ['/', '/docs/']) {
        const page = await service.send('GET', path, { jar })
        const sources = [...page.body.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map(([, source]) => source)
        t.ok(sources.length > 0, path)
        for (const source of sources) {
          const { pathname } = new URL(source as string, `http://x${path}`)
          const { status, body } = await service.send('GET', pathname, { jar })
          t.equal(status, 200, pathname)
          t.notOk(body.includes(email) || body.includes(id))
        }
      }
    },
  },
  {
    at: 'V3.5.8',
    demand: 'L3',
    says: 'Resources of a signed-in person are embedded only where that is meant',
    passes:
      'Cross-Origin-Resource-Policy is same-origin on every kind of answer, preflights included, also with TRUSTED_ORIGINS',
    async test(t, service) {
      const answers = [
        ...(await everyAnswer(service)),
        ...(await everyKindOfAnswer(await service.variant(TRUSTING))),
      ]
      for (const [what, { headers }] of answers) {
        t.equal(headers['cross-origin-resource-policy'], 'same-origin', what)
      }
    },
  },
]
