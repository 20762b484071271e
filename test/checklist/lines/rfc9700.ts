import { PASSWORD } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'
import { claimsOf, HEADER, jwt } from '../../support/tokens.ts'
import { accepts, genuineTokens, refusesAll } from '../forging.ts'
import type { Line } from '../line.ts'
import { isOAuthError } from '../oauth.ts'
import { ISSUER } from '../service.ts'

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
      'each refresh makes the next token, and one that comes again ends the session for thief and owner',
    async test(t, service) {
      const first = await service.tokens(await service.person())
      const second = (await service.refresh(first.refresh_token)).json<typeof first>()
      t.not(second.refresh_token, first.refresh_token)
      const third = (await service.refresh(second.refresh_token)).json<typeof first>()
      isOAuthError(t, await service.refresh(first.refresh_token), 'invalid_grant')
      isOAuthError(t, await service.refresh(third.refresh_token), 'invalid_grant')
      t.notOk(await accepts(service, third.access_token))
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
      t.equal((await service.send('GET', '/docs/')).headers['referrer-policy'], 'no-referrer')
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
    passes: 'no parameter makes it redirect to another host',
    async test(t, service) {
      for (const name of ['redirect_uri', 'next', 'returnTo', 'url']) {
        const path = `/auth/logout?${name}=https://attacker.example`
        const { status, headers } = await service.send('POST', path)
        t.equal(status, 204, name)
        t.equal(headers.location, undefined)
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
    passes: 'whether the thief or the owner comes first, the second to come ends it for both',
    async test(t, service) {
      for (const order of ['owner first', 'thief first']) {
        const { jar } = await service.person()
        const copy = jar.copy()
        const [first, second] = order === 'owner first' ? [jar, copy] : [copy, jar]
        t.equal((await service.send('POST', '/auth/refresh', { jar: first })).status, 204, order)
        await service.proveReceipt({ jar: first })
        t.match((await service.send('POST', '/auth/refresh', { jar: second })).json(), {
          code: 'REFRESH_REUSED',
        })
        t.equal((await service.send('GET', '/me', { jar: first })).status, 401)
      }
    },
  },
  {
    at: '4.14.2 (lost answers)',
    demand: 'MAY',
    says: 'An honest client that lost an answer is not punished',
    passes: 'until the new token has been used, the old one brings the same new one again',
    async test(t, service) {
      const { jar } = await service.person()
      const lost = jar.copy()
      await service.send('POST', '/auth/refresh', { jar: lost })
      const again = jar.copy()
      t.equal((await service.send('POST', '/auth/refresh', { jar: again })).status, 204)
      t.equal(again.get('__Host-refresh'), lost.get('__Host-refresh'))
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
    passes: 'the cookie ends with the idle limit of seven days, and so does the token',
    async test(t, service) {
      const jar = new Jar()
      const { email } = await service.person()
      const json = { email, password: PASSWORD, remember: true }
      const { setCookies } = await service.send('POST', '/auth/login', { jar, json })
      t.match(setCookies[0], /^__Host-refresh=.*Max-Age=604[78]\d\d/)
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
        const { headers } = await service.send('GET', path)
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
