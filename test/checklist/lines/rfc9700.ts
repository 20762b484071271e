import { setTimeout as sleep } from 'node:timers/promises'
import { PASSWORD } from '../../support/app.ts'
import { claimsOf, HEADER, jwt, type TokenPair } from '../../support/tokens.ts'
import { bytesOf, changeRows } from '../database.ts'
import { accepts, genuineTokens, refusesAll } from '../forging.ts'
import type { Line } from '../line.ts'
import { isOAuthError } from '../oauth.ts'
import { routesOf } from '../routes.ts'
import { ISSUER, REFRESH } from '../service.ts'

const NO_CODES = 'There is no authorization endpoint: nobody is redirected, and there are no codes.'
const NO_CLIENTS = 'No clients are registered: all are public ones of the same house.'

export const oauthBestPractices: readonly Line[] = [
  { at: '2.1', demand: 'MUST', says: 'Redirection addresses are compared exactly', notApplicable: NO_CODES },
  { at: '2.1.1', demand: 'MUST', says: 'Codes are protected by PKCE', notApplicable: NO_CODES },
  { at: '2.1.2', demand: 'SHOULD', says: 'The implicit grant is not used', notApplicable: NO_CODES },
  {
    at: '2.2.1',
    demand: 'SHOULD',
    says: 'Access tokens are bound to their sender',
    notYet:
      'A bearer token is good for whoever has it, for a quarter of an hour. Binding to a key of the device is planned.',
  },
  {
    at: '2.2.2',
    demand: 'MUST',
    says: 'Refresh tokens of public clients are bound to their sender or rotate',
    passes:
      'each refresh makes the next token; one that comes again, one or two behind, ends the session for thief and owner',
    async test(t, service) {
      for (const behind of [1, 2]) {
        const pairs = [await service.tokens(await service.person())]
        for (let refresh = 0; refresh < 3; refresh += 1) {
          const before = pairs.at(-1) as TokenPair
          const next = (await service.refresh(before.refresh_token)).json<TokenPair>()
          await service.proveReceipt({ bearer: next.access_token })
          pairs.push(next)
        }
        t.equal(new Set(pairs.map(({ refresh_token }) => refresh_token)).size, 4)
        const newest = pairs.at(-1) as TokenPair
        const copied = pairs.at(-1 - behind) as TokenPair
        isOAuthError(t, await service.refresh(copied.refresh_token), 'invalid_grant')
        isOAuthError(t, await service.refresh(newest.refresh_token), 'invalid_grant')
        for (const { access_token } of pairs) t.notOk(await accepts(service, access_token))
      }
    },
  },
  {
    at: '2.3',
    demand: 'SHOULD',
    says: 'Access tokens permit no more than is needed, for one audience',
    passes: 'a simple account has an empty scope and one audience',
    async test(t, service) {
      const { claims } = await genuineTokens(service)
      t.match(claims, { scope: '', aud: ISSUER, role: 'user' })
    },
  },
  {
    at: '2.4',
    demand: 'MUST',
    says: 'The password grant is not used',
    notYet:
      'It is offered for programs of the same house, without a browser. It goes when there is an authorization endpoint.',
  },
  {
    at: '2.5',
    demand: 'SHOULD',
    says: 'Clients authenticate, best by asymmetric keys',
    notApplicable: NO_CLIENTS,
  },
  {
    at: '2.6 (metadata)',
    demand: 'SHOULD',
    says: 'The server describes itself by RFC 8414',
    notYet: '/.well-known/oauth-authorization-server comes together with key pairs.',
  },
  {
    at: '2.6 (proxies)',
    demand: 'SHOULD',
    says: 'TLS reaches from end to end',
    notApplicable:
      'TLS ends at a proxy in front of the service, on the same machine or a network of its own.',
  },
  { at: '4.1', demand: 'MUST', says: 'Redirection addresses cannot be manipulated', notApplicable: NO_CODES },
  {
    at: '4.2',
    demand: 'SHOULD',
    says: 'Nothing secret leaks through the Referer header',
    passes: 'answers say no-referrer, and no address holds a secret',
    async test(t, service) {
      const { jar } = await service.person()
      t.equal((await service.send('GET', '/me', { jar })).headers['referrer-policy'], 'no-referrer')
      t.equal((await service.page('/docs/')).headers['referrer-policy'], 'no-referrer')
    },
  },
  {
    at: '4.3',
    demand: 'MUST',
    says: 'Neither codes nor tokens get into the history of a browser',
    passes: 'a token in the query is not accepted, so nobody has a reason to put it there',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      t.equal((await service.send('GET', `/me?access_token=${pair.access_token}`)).status, 401)
    },
  },
  { at: '4.4', demand: 'MUST', says: 'Servers cannot be mixed up', notApplicable: NO_CODES },
  { at: '4.5', demand: 'MUST', says: 'Codes cannot be injected', notApplicable: NO_CODES },
  {
    at: '4.6',
    demand: 'SHOULD',
    says: 'Access tokens cannot be injected into a client',
    notApplicable: NO_CODES,
  },
  {
    at: '4.7',
    demand: 'MUST',
    says: 'Requests cannot be forged across sites',
    passes: 'neither signing in, nor refreshing, nor signing out can be made by a foreign page',
    async test(t, service) {
      const { jar, email } = await service.person()
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://attacker.example' }
      const json = { email, password: PASSWORD }
      for (const [path, options] of [
        ['/auth/login', { json }],
        ['/auth/refresh', {}],
        ['/auth/logout', {}],
        ['/auth/token', { json: { grant_type: 'password', username: email, password: PASSWORD } }],
      ] as const) {
        const answer = await service.send('POST', path, { ...options, jar, headers })
        t.equal(answer.status, 403, path)
        t.same(answer.setCookies, [])
      }
    },
  },
  { at: '4.8', demand: 'MUST', says: 'PKCE cannot be downgraded', notApplicable: NO_CODES },
  {
    at: '4.9',
    demand: 'SHOULD',
    says: 'A token that leaks at one resource server is no good at others',
    passes: 'tokens name their audience, and one for another is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      t.equal(genuine.claims.aud, ISSUER)
      const aud = 'https://movies.example.com'
      await refusesAll(t, service, genuine, { another: jwt(HEADER, { ...genuine.claims, aud }) })
    },
  },
  {
    at: '4.10',
    demand: 'SHOULD',
    says: 'A stolen access token is no good to a thief',
    notYet: 'As 2.2.1. It is good until it expires or its session ends.',
  },
  {
    at: '4.11',
    demand: 'MUST',
    says: 'The service is no open redirector',
    passes: 'no parameter of any route or page makes it redirect to another host',
    async test(t, service) {
      const evil = 'https://attacker.example'
      const names = ['redirect_uri', 'redirect', 'next', 'returnTo', 'return_to', 'url', 'continue']
      const query = new URLSearchParams(names.map((name) => [name, evil] as [string, string])).toString()
      const { jar, email } = await service.person()
      const signIn = { method: 'POST', path: '/auth/login', body: { email, password: PASSWORD } }
      const pages = ['/', '/docs', '/docs/', '/nowhere'].map((path) => ({
        method: 'GET',
        path,
        body: undefined,
      }))
      for (const { method, path, body } of [...(await routesOf(service)), ...pages, signIn]) {
        for (const who of [{}, { jar: jar.copy() }]) {
          const json = body ? { json: body } : {}
          const { headers } = await service.send(method, `${path}?${query}`, { ...json, ...who })
          t.notMatch(headers.location ?? '', /attacker|^\/\//, `${method} ${path}`)
        }
      }
    },
  },
  {
    at: '4.12',
    demand: 'MUST',
    says: 'What was posted is not sent on by a 307',
    passes: 'signing in answers 200, 401 or 429, and never redirects',
    async test(t, service) {
      const { email } = await service.person()
      const answer = await service.send('POST', '/auth/login', { json: { email, password: PASSWORD } })
      t.equal(answer.status, 200)
      t.equal(answer.headers.location, undefined)
    },
  },
  {
    at: '4.13',
    demand: 'MUST',
    says: 'Headers that a proxy sets cannot be sent from outside',
    passes: 'without TRUST_PROXY no forwarded header counts',
    async test(t, service) {
      const { jar } = await service.person()
      const headers = {
        'sec-fetch-site': undefined,
        origin: 'https://attacker.example',
        'x-forwarded-host': 'attacker.example',
        'x-forwarded-proto': 'https',
      }
      t.equal((await service.send('POST', '/auth/logout', { jar, headers })).status, 403)
    },
  },
  {
    at: '4.14.2 (scope)',
    demand: 'MUST',
    says: 'Refresh tokens are bound to scope and resource that were granted',
    passes: 'no other scope, audience or resource can be asked for with one',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      const more = { scope: 'users:read', audience: 'other', resource: 'https://other.example' }
      const form = { grant_type: 'refresh_token', refresh_token: pair.refresh_token, ...more }
      const { access_token } = (await service.send('POST', '/auth/token', { form })).json<typeof pair>()
      t.match(claimsOf(access_token), { scope: '', aud: ISSUER })
    },
  },
  {
    at: '4.14.2 (replay)',
    demand: 'MUST',
    says: 'A refresh token that comes again is found out, and the active one is revoked',
    passes: 'of two browsers with one token, the second to come is refused, and both have to sign in again',
    async test(t, service) {
      const { jar } = await service.person()
      const copy = jar.copy()
      t.equal((await service.send('POST', '/auth/refresh', { jar })).status, 204)
      await service.proveReceipt({ jar })
      const [first, second] = [jar.copy(), copy.copy()]
      t.equal((await service.send('POST', '/auth/refresh', { jar: copy })).json().code, 'REFRESH_REUSED')
      for (const held of [first, second]) {
        const refresh = await service.send('POST', '/auth/refresh', { jar: held.copy() })
        t.strictSame([refresh.status, refresh.json().code], [401, 'SESSION_ENDED'])
        t.equal((await service.send('GET', '/me', { jar: held })).status, 401)
      }
    },
  },
  {
    at: '4.14.2 (lost answers)',
    demand: 'MAY',
    says: 'An honest client that lost an answer is not punished',
    passes:
      'until the new token is used, the old one brings the same new one again, as often and as late as it comes',
    async test(t, service) {
      const { jar } = await service.person()
      const lost = jar.copy()
      await service.send('POST', '/auth/refresh', { jar: lost })
      const refreshToken = String(lost.get(REFRESH))
      for (let attempt = 0; attempt < 3; attempt += 1) {
        // Longer than the grace, and than the settle time.
        await sleep(20)
        const again = jar.copy()
        t.equal((await service.send('POST', '/auth/refresh', { jar: again })).status, 204)
        t.equal(again.get(REFRESH), refreshToken)
      }
      await service.proveReceipt({ jar: lost })
      t.equal((await service.send('POST', '/auth/refresh', { jar })).json().code, 'REFRESH_REUSED')
    },
  },
  {
    at: '4.14.2 (events)',
    demand: 'SHOULD',
    says: 'Refresh tokens are revoked at sign-out and at a change of password',
    passes: 'after both, the refresh token of every session that ended is refused',
    async test(t, service) {
      const person = await service.person()
      const { refresh_token } = await service.tokens(person)
      const json = { currentPassword: PASSWORD, newPassword: 'four quite different words' }
      t.equal((await service.send('POST', '/me/password', { jar: person.jar, json })).status, 204)
      isOAuthError(t, await service.refresh(refresh_token), 'invalid_grant')
      const held = String(person.jar.get('__Host-refresh'))
      await service.send('POST', '/auth/logout', { jar: person.jar })
      isOAuthError(t, await service.refresh(held), 'invalid_grant')
    },
  },
  {
    at: '4.14.2 (idle)',
    demand: 'SHOULD',
    says: 'Refresh tokens expire when they are not used for some time',
    passes: 'a token that is not used for seven days is refused, and its cookie ends with it',
    async test(t, service) {
      const person = await service.person()
      const jar = await service.signIn(person)
      const { setCookies } = await service.send('POST', '/auth/refresh', { jar })
      t.match(setCookies[0], /^__Host-refresh=[^;]+; Max-Age=604(800|79\d);/)

      const pass = (ms: number) =>
        changeRows(
          service,
          'UPDATE sessions SET idle_expires_at = idle_expires_at - ? WHERE user_id = ?',
          ms,
          bytesOf(person.id),
        )
      const WEEK_MS = 7 * 24 * 3_600_000
      const MINUTE_MS = 60_000
      pass(WEEK_MS - MINUTE_MS)
      t.equal(
        (await service.send('POST', '/auth/refresh', { jar: jar.copy() })).status,
        204,
        'a minute before',
      )
      // That refresh has begun the week anew, and may not have arrived.
      pass(WEEK_MS)
      const late = await service.send('POST', '/auth/refresh', { jar })
      t.strictSame([late.status, late.json().code, late.json().reason], [401, 'SESSION_ENDED', 'idle'])
    },
  },
  {
    at: '4.15',
    demand: 'SHOULD',
    says: 'A client cannot pass for a person',
    notApplicable: 'There are no client credentials: every subject is a person.',
  },
  {
    at: '4.16',
    demand: 'MUST',
    says: 'Pages cannot be framed',
    passes: "frame-ancestors is 'none' on every answer, the page of the API reference included",
    async test(t, service) {
      for (const path of ['/me', '/docs/', '/nowhere']) {
        const { headers } = await service.page(path)
        t.match(headers['content-security-policy'], /frame-ancestors 'none'/, path)
      }
    },
  },
  {
    at: '4.17',
    demand: 'MUST',
    says: 'Messages between windows name their receiver',
    notApplicable: NO_CODES,
  },
]
