import { PASSWORD } from '../../support/app.ts'
import { everyKindOfAnswer } from '../answers.ts'
import type { Line } from '../line.ts'
import { parse } from '../requests.ts'

const HTTP2 =
  'The service speaks HTTP/1.1. Where a proxy in front speaks HTTP/2, it is the proxy that this is about.'
const GRAPHQL = 'There is no GraphQL here.'
const WEBSOCKET = 'There are no WebSockets here.'

export const apiAndWebService: readonly Line[] = [
  {
    at: 'V4.1.1',
    demand: 'L1',
    says: 'Every answer with a body says what it is, with the charset of text',
    passes: 'every kind of answer, and what the pages load, has the type of what it holds, in UTF-8',
    async test(t, service) {
      const kinds = [...(await everyKindOfAnswer(service))]
      const { body: page } = await service.page('/')
      const assets = [...page.matchAll(/(?:src|href)="([^"]+\.(?:js|css))"/g)].map(
        ([, path]) => path as string,
      )
      t.ok(assets.length >= 2)
      for (const path of assets) {
        kinds.push([path, await service.send('GET', new URL(path, 'http://x/').pathname)])
      }
      for (const [what, { headers, body }] of kinds) {
        if (body === '') continue
        t.match(headers['content-type'], typeOf(what, body), what)
      }
      const { jar } = await service.person('Åda λ 😀')
      t.match((await service.send('GET', '/me', { jar })).body, '"Åda λ 😀"')
    },
  },
  {
    at: 'V4.1.2',
    demand: 'L2',
    says: 'Only pages redirect from http to https; an API that is asked without TLS does not hide that',
    passes: 'no route redirects, whatever protocol a proxy reports',
    async test(t, service) {
      const { email } = await service.person()
      const headers = { 'x-forwarded-proto': 'http' }
      const json = { email, password: PASSWORD }
      t.equal((await service.send('POST', '/auth/login', { json, headers })).status, 200)
      t.equal((await service.send('GET', '/me', { headers })).status, 401)
    },
  },
  {
    at: 'V4.1.3',
    demand: 'L2',
    says: 'Headers that a proxy sets cannot be set by anybody else',
    passes: 'forwarded addresses, hosts and people are not believed from just anybody',
    async test(t, service) {
      const { email, id } = await service.person()
      const { jar } = await service.person()
      const headers = {
        'x-forwarded-for': '203.0.113.7',
        'x-real-ip': '203.0.113.7',
        forwarded: 'for=203.0.113.7;host=attacker.example',
        'x-forwarded-host': 'attacker.example',
        'x-forwarded-user': id,
        'x-user-id': id,
        'remote-user': id,
      }
      await service.send('POST', '/auth/login', { json: { email, password: PASSWORD }, jar, headers })
      const { sessions } = (await service.send('GET', '/me/sessions', { jar })).json<{
        sessions: { ip: string }[]
      }>()
      for (const { ip } of sessions) t.match(ip, /^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/)
      t.equal((await service.send('GET', '/me', { headers })).status, 401, 'nobody is signed in by a header')
      const foreign = { ...headers, 'sec-fetch-site': undefined, origin: 'http://attacker.example' }
      t.equal((await service.send('POST', '/auth/logout', { jar, headers: foreign })).status, 403)
    },
  },
  {
    at: 'V4.1.4',
    demand: 'L3',
    says: 'Methods that are not offered are refused',
    passes: 'TRACE, PUT, CONNECT, an invented method and a method in a header reach no route',
    async test(t, service) {
      const { jar } = await service.person()
      for (const method of ['TRACE', 'PUT', 'PROPFIND', 'OPTIONS']) {
        t.equal((await service.send(method, '/me', { jar })).status, 404, method)
      }
      for (const line of ['CONNECT localhost:1 HTTP/1.1', 'JEFF /me HTTP/1.1']) {
        const answer = await service.exchange(`${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
        t.notMatch(answer, /^HTTP\/1\.1 [23]/, line)
      }
      const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' }
      t.equal((await service.send('POST', '/me', { jar, headers })).status, 404)
      t.equal((await service.send('GET', '/me?_method=DELETE', { jar, headers })).status, 200)
    },
  },
  {
    at: 'V4.1.5',
    demand: 'L3',
    says: 'Highly sensitive messages are signed one by one',
    notApplicable:
      'Requests go from a browser to one service over TLS; there is no system in between to distrust.',
  },
  {
    at: 'V4.2.1',
    demand: 'L2',
    says: 'Where a message ends is decided as its HTTP version has it, so that no request can be smuggled',
    passes:
      'two lengths, a length beside chunks, and strange chunks are refused, and the connection is closed',
    async test(t, service) {
      const smuggled = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const head = 'POST /auth/logout HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
      for (const [what, rest] of [
        [
          'a length beside chunks',
          `Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
        ],
        [
          'chunks beside a length',
          `Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${smuggled}`,
        ],
        ['two lengths', `Content-Length: 0\r\nContent-Length: 6\r\n\r\n${smuggled}`],
        ['an unknown coding', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`],
        ['two codings', `Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n${smuggled}`],
        ['a space before the colon', `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${smuggled}`],
        ['a chunk size that is none', `Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n${smuggled}`],
        ['a negative length', `Content-Length: -1\r\n\r\n${smuggled}`],
      ] as const) {
        const answer = await service.exchange(head + rest)
        t.match(answer, /^HTTP\/1\.1 400 /, what)
        t.notMatch(answer, /"live"/, 'what was hidden in it is not answered')
      }
    },
  },
  {
    at: 'V4.2.2',
    demand: 'L3',
    says: 'The length that an answer names is the length that it has',
    passes:
      'on the wire, bodies are as long as their heads say, the next answer follows at once, HEAD names the length that GET has, and 204 names none',
    async test(t, service) {
      const { jar } = await service.person()
      const own = `Host: localhost\r\nCookie: ${jar.header()}\r\nSec-Fetch-Site: same-origin\r\n`
      const close = `GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
      const { body: last } = parse(await service.exchange(close))

      /** On a connection that is kept, so that the length alone tells where the answer ends. */
      const bodyAndLength = async (request: string) => {
        const bytes = await service.exchange(`${request} HTTP/1.1\r\n${own}\r\n${close}`)
        const { headers, body, status } = parse(bytes)
        t.equal(headers['transfer-encoding'], undefined, request)
        const end = body.lastIndexOf('HTTP/1.1 200 OK\r\n')
        t.ok(body.slice(end).endsWith(`\r\n\r\n${last}`), 'the next answer is whole')
        return { status, length: headers['content-length'], bytes: Buffer.byteLength(body.slice(0, end)) }
      }

      for (const path of [
        '/health/live',
        '/me',
        '/me/sessions',
        '/nowhere',
        '/',
        '/users/x',
        '/admin/users',
      ]) {
        const got = await bodyAndLength(`GET ${path}`)
        t.equal(got.length, String(got.bytes), path)
        t.strictSame(await bodyAndLength(`HEAD ${path}`), { ...got, bytes: 0 }, `HEAD ${path}`)
      }
      const { status, ...nothing } = await bodyAndLength('POST /auth/logout')
      t.strictSame([status, nothing], [204, { length: undefined, bytes: 0 }])
    },
  },
  { at: 'V4.2.3', demand: 'L3', says: 'HTTP/2 messages carry no connection headers', notApplicable: HTTP2 },
  { at: 'V4.2.4', demand: 'L3', says: 'HTTP/2 header fields contain no line breaks', notApplicable: HTTP2 },
  {
    at: 'V4.2.5',
    demand: 'L3',
    says: 'Requests that the service makes are not too long for those who receive them',
    notApplicable: 'The service makes no requests.',
  },
  { at: 'V4.3.1', demand: 'L2', says: 'GraphQL queries have bounds', notApplicable: GRAPHQL },
  {
    at: 'V4.3.2',
    demand: 'L2',
    says: 'GraphQL does not describe itself in production',
    notApplicable: GRAPHQL,
  },
  { at: 'V4.4.1', demand: 'L1', says: 'WebSockets use TLS', notApplicable: WEBSOCKET },
  { at: 'V4.4.2', demand: 'L2', says: 'WebSockets check the origin', notApplicable: WEBSOCKET },
  {
    at: 'V4.4.3',
    demand: 'L2',
    says: 'Tokens made for WebSockets keep the rules of sessions',
    notApplicable: WEBSOCKET,
  },
  {
    at: 'V4.4.4',
    demand: 'L2',
    says: 'Tokens made for WebSockets come from a session',
    notApplicable: WEBSOCKET,
  },
]

function typeOf(what: string, body: string): RegExp {
  if (what.endsWith('.js')) return /^(text|application)\/javascript; charset=utf-8$/i
  if (what.endsWith('.css')) return /^text\/css; charset=utf-8$/i
  if (body.trimStart().startsWith('<')) return /^text\/html; charset=utf-8$/i
  JSON.parse(body)
  // RFC 8259: JSON is UTF-8, with or without the parameter.
  return /^application\/json(; charset=utf-8)?$/i
}
