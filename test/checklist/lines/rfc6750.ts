import { HEADER, jwt } from '../../support/tokens.ts'
import { genuineTokens, refusesAll } from '../forging.ts'
import type { Line } from '../line.ts'
import { ISSUER } from '../service.ts'

export const bearerTokens: readonly Line[] = [
  {
    at: '2.1',
    demand: 'MUST',
    says: 'A token in the Authorization header is understood, its scheme in any case',
    passes: 'Bearer, bearer and BEARER let in, and other schemes do not',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        const headers = { authorization: `${scheme} ${pair.access_token}` }
        t.equal((await service.send('GET', '/me', { headers })).status, 200, scheme)
      }
      for (const authorization of [
        `Basic ${pair.access_token}`,
        `Token ${pair.access_token}`,
        pair.access_token,
      ]) {
        t.equal((await service.send('GET', '/me', { headers: { authorization } })).status, 401)
      }
    },
  },
  {
    at: '2.2',
    demand: 'MAY',
    says: 'A token may come in the body of a form',
    passes: 'it is not taken from there, where any page could put it',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      const form = { access_token: pair.access_token, name: 'x' }
      t.ok([401, 415].includes((await service.send('PATCH', '/me', { form })).status))
      const json = { access_token: pair.access_token }
      t.ok([400, 401].includes((await service.send('DELETE', '/me', { json })).status))
    },
  },
  {
    at: '2.3',
    demand: 'SHOULD',
    says: 'A token does not come in the query',
    passes: 'it is not taken from there',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      t.equal((await service.send('GET', `/me?access_token=${pair.access_token}`)).status, 401)
    },
  },
  {
    at: '2 (one way)',
    demand: 'MUST',
    says: 'A request sends its token in one way only',
    passes: 'beside a bearer token that is no good, good cookies do not count, and are left alone',
    async test(t, service) {
      const { jar } = await service.person()
      const answer = await service.send('GET', '/me', { jar, bearer: 'a.b.c' })
      t.equal(answer.status, 401)
      t.same(answer.setCookies, [])
      t.equal((await service.send('GET', '/me', { jar })).status, 200)
    },
  },
  {
    at: '3 (challenge)',
    demand: 'MUST',
    says: 'Who shows no token, or none that is good, gets WWW-Authenticate: Bearer, with the realm at most once',
    passes: 'every 401 has one challenge, with one realm',
    async test(t, service) {
      for (const headers of [{}, { authorization: 'Bearer a.b.c' }, { authorization: 'Basic eDp5' }]) {
        const answer = await service.send('GET', '/me', { headers })
        t.equal(answer.status, 401)
        t.match(answer.headers['www-authenticate'], /^Bearer realm="[^"]+"/)
        t.equal(String(answer.headers['www-authenticate']).split('realm=').length, 2)
      }
    },
  },
  {
    at: '3.1 (no token)',
    demand: 'SHOULD',
    says: 'Who shows no token is not told of an error',
    passes: 'the challenge is the scheme and the realm alone',
    async test(t, service) {
      const { headers } = await service.send('GET', '/me')
      t.equal(headers['www-authenticate'], `Bearer realm="${ISSUER}"`)
    },
  },
  {
    at: '3.1 (invalid_token)',
    demand: 'SHOULD',
    says: 'A token that is expired, revoked or malformed is answered with 401 and invalid_token',
    passes: 'all three are',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      await service.send('POST', '/auth/logout', { bearer: pair.access_token })
      for (const token of [pair.access_token, 'a.b.c', pair.refresh_token]) {
        const { status, headers } = await service.send('GET', '/me', { bearer: token })
        t.equal(status, 401)
        t.equal(headers['www-authenticate'], `Bearer realm="${ISSUER}", error="invalid_token"`)
      }
    },
  },
  {
    at: '3.1 (invalid_request)',
    demand: 'SHOULD',
    says: 'A header that is malformed is answered with 400 and invalid_request',
    notYet:
      'By decision it is answered with 401 and invalid_token, as any other token that cannot be read; the same section has both.',
  },
  {
    at: '3.1 (insufficient_scope)',
    demand: 'SHOULD',
    says: 'A token that permits too little is answered with 403, and a challenge that says insufficient_scope',
    passes:
      'the challenge says so, and names the permission; a page, which has no token to show, is told nothing',
    async test(t, service) {
      const { person, pair } = await genuineTokens(service)
      const answer = await service.send('GET', '/admin/users', { bearer: pair.access_token })
      t.equal(answer.status, 403)
      const challenge = `Bearer realm="${ISSUER}", error="insufficient_scope", scope="users:read"`
      t.equal(answer.headers['www-authenticate'], challenge)
      const page = await service.send('GET', '/admin/users', { jar: person.jar })
      t.equal(page.status, 403)
      t.equal(page.headers['www-authenticate'], undefined)
    },
  },
  {
    at: '4 (sample)',
    demand: 'MUST',
    says: 'The answer with the token names its type and its life',
    passes: 'token_type is bearer, and expires_in is the life that the token itself names',
    async test(t, service) {
      const { pair, claims } = await genuineTokens(service)
      const { token_type, expires_in } = pair as typeof pair & { token_type: string; expires_in: number }
      t.equal(token_type, 'bearer')
      t.equal(expires_in, Number(claims.exp) - Number(claims.iat))
    },
  },
  {
    at: '5.2 (integrity)',
    demand: 'MUST',
    says: 'A token cannot be altered, and is meant for somebody',
    passes: 'a token with another payload is refused, and aud is there',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      t.equal(genuine.claims.aud, ISSUER)
      const [, , signature = ''] = genuine.pair.access_token.split('.')
      const altered = jwt(HEADER, { ...genuine.claims, role: 'Admin' }, () => signature)
      await refusesAll(t, service, genuine, { altered })
    },
  },
  {
    at: '5.2 (TLS)',
    demand: 'MUST',
    says: 'Tokens travel over TLS',
    notApplicable: 'TLS ends at a proxy in front of the service.',
  },
  {
    at: '5.2 (cookies)',
    demand: 'MUST',
    says: 'Tokens are not kept in cookies that may be sent in the clear',
    passes: 'every cookie is Secure, with a prefix that only https may set',
    async test(t, service) {
      const { email } = await service.person()
      const json = { email, password: 'correct horse battery staple' }
      const { setCookies } = await service.send('POST', '/auth/login', { json })
      t.equal(setCookies.length, 3)
      for (const line of setCookies) t.match(line, /^__Host-.*; Secure/)
    },
  },
  {
    at: '5.3 (short life)',
    demand: 'SHOULD',
    says: 'Tokens live for an hour or less',
    passes: 'a quarter of an hour, unless it is set otherwise',
    async test(t, service) {
      const { claims } = await genuineTokens(service)
      t.equal(Number(claims.exp) - Number(claims.iat), 900)
    },
  },
  {
    at: '5.3 (addresses)',
    demand: 'SHOULD',
    says: 'Tokens are not in the addresses of pages',
    passes: 'no answer redirects, or holds an address with a token in it',
    async test(t, service) {
      const { person, pair } = await genuineTokens(service)
      for (const path of ['/me', '/me/sessions', '/']) {
        const { headers, body } = await service.send('GET', path, { jar: person.jar })
        t.equal(headers.location, undefined)
        t.notOk(body.includes(pair.access_token) || /token=/.test(body))
      }
    },
  },
]
