import { PASSWORD } from '../../support/app.ts'
import { claimsOf, HEADER, hmac, jwt, signingKey } from '../../support/tokens.ts'
import { accepts, genuineTokens, headerOf, refusesAll, without } from '../forging.ts'
import type { Line } from '../line.ts'
import { ISSUER } from '../service.ts'

export const jwtAccessTokens: readonly Line[] = [
  {
    at: '2.1 (type)',
    demand: 'MUST',
    says: 'An access token has the type at+jwt and is signed, never with none',
    passes: 'the header says at+jwt and HS256',
    async test(t, service) {
      const { pair } = await genuineTokens(service)
      t.match(headerOf(pair.access_token), { typ: 'at+jwt', alg: 'HS256' })
    },
  },
  {
    at: '2.1 (RS256)',
    demand: 'MUST',
    says: 'Both sides support RS256',
    notYet:
      'The service signs for itself with a symmetric key. Key pairs come with the first service that only verifies.',
  },
  {
    at: '2.2 (iss, exp, aud, sub, iat)',
    demand: 'MUST',
    says: 'Issuer, expiry, audience, subject and time of issue are there',
    passes: 'all five are there and right',
    async test(t, service) {
      const before = Math.floor(Date.now() / 1_000)
      const { claims, person } = await genuineTokens(service)
      t.match(claims, { iss: ISSUER, aud: ISSUER, sub: person.id })
      const { iat, exp } = claims as { iat: number; exp: number }
      t.ok(iat >= before && iat <= Date.now() / 1_000)
      t.equal(exp - iat, 900)
    },
  },
  {
    at: '2.2 (client_id)',
    demand: 'MUST',
    says: 'The token names the client that it was issued to',
    notYet: 'There is no registry of clients, so there is no name to put in.',
  },
  {
    at: '2.2 (jti)',
    demand: 'MUST',
    says: 'The token has an id of its own',
    notYet:
      'A token is named by its session and generation (sid, gen); two made within one generation share them.',
  },
  {
    at: '2.2.1',
    demand: 'SHOULD',
    says: 'auth_time tells when the person signed in, and stays the same when the token is refreshed',
    passes: 'auth_time survives a refresh',
    async test(t, service) {
      const { claims, pair } = await genuineTokens(service)
      t.type(claims.auth_time, 'number')
      const next = (await service.refresh(pair.refresh_token)).json<{ access_token: string }>()
      t.equal(claimsOf(next.access_token).auth_time, claims.auth_time)
    },
  },
  {
    at: '2.2.3',
    demand: 'SHOULD',
    says: 'What the token permits is in its scope, and means something to the audience',
    passes: 'scope is a string of permissions: those of the role, whatever was asked for',
    async test(t, service) {
      for (const [person, role, scope] of [
        [await service.administrator(), 'admin', /^[a-z]+:[a-z]+( [a-z]+:[a-z]+)*$/],
        [await service.person(), 'user', /^$/],
      ] as const) {
        for (const more of [{}, { scope: 'users:read sessions:end' }, { scope: '' }]) {
          const form = { grant_type: 'password', username: person.email, password: PASSWORD, ...more }
          const { access_token, scope: told } = (await service.send('POST', '/auth/token', { form })).json()
          const claims = claimsOf(String(access_token))
          t.equal(claims.role, role)
          t.match(claims.scope, scope)
          t.equal(told, claims.scope)
        }
      }
    },
  },
  {
    at: '4 (typ)',
    demand: 'MUST',
    says: 'A token of any other type is rejected',
    passes: 'at+jwt and application/at+jwt are accepted, and nothing else',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      t.ok(await accepts(service, jwt({ ...HEADER, typ: 'application/at+jwt' }, genuine.claims)))
      await refusesAll(t, service, genuine, {
        JWT: jwt({ ...HEADER, typ: 'JWT' }, genuine.claims),
        'a list': jwt({ ...HEADER, typ: ['at+jwt'] }, genuine.claims),
        nothing: jwt({ alg: HEADER.alg, kid: HEADER.kid }, genuine.claims),
      })
    },
  },
  {
    at: '4 (encryption)',
    demand: 'MUST',
    says: 'An encrypted token is decrypted as was agreed',
    notApplicable: 'No encryption was agreed: a token of five parts is refused (RFC 8725 3.3).',
  },
  {
    at: '4 (iss)',
    demand: 'MUST',
    says: 'The issuer is exactly the expected one',
    passes: 'an issuer that differs in one letter, in case or by a slash is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        'a slash': jwt(HEADER, { ...claims, iss: `${ISSUER}/` }),
        case: jwt(HEADER, { ...claims, iss: ISSUER.toUpperCase() }),
        'a list': jwt(HEADER, { ...claims, iss: [ISSUER, 'https://attacker.example'] }),
        http: jwt(HEADER, { ...claims, iss: ISSUER.replace('https', 'http') }),
      })
    },
  },
  {
    at: '4 (aud)',
    demand: 'MUST',
    says: 'The audience contains the service that is asked',
    passes: 'a token for somebody else is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      await refusesAll(t, service, genuine, {
        another: jwt(HEADER, { ...genuine.claims, aud: 'https://other.example.com' }),
        none: jwt(HEADER, without(genuine.claims, 'aud')),
      })
    },
  },
  {
    at: '4 (signature)',
    demand: 'MUST',
    says: 'The signature is validated with the algorithm of the header; none is rejected',
    passes: 'a signature by another algorithm, another key or nobody is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        none: jwt({ ...HEADER, alg: 'none' }, claims, () => ''),
        'another hash': jwt(HEADER, claims, hmac(signingKey.secret, 'sha512')),
        'another key': jwt(HEADER, claims, hmac('another key of thirty-two bytes!')),
      })
    },
  },
  {
    at: '4 (exp)',
    demand: 'MUST',
    says: 'The current time is before exp',
    passes: 'an expired token is refused, as invalid_token',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const exp = Math.floor(Date.now() / 1_000)
      await refusesAll(t, service, genuine, { expired: jwt(HEADER, { ...genuine.claims, exp }) })
    },
  },
  {
    at: '4 (metadata)',
    demand: 'SHOULD',
    says: 'Keys are found through RFC 8414 metadata and a JWK set',
    notYet: 'A symmetric key cannot be published. /.well-known comes together with key pairs.',
  },
  {
    at: '5',
    demand: 'MUST',
    says: 'A token cannot be taken for one of another kind: ID tokens and access tokens are told apart',
    passes: 'the same claims under the type of an ID token are refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      await refusesAll(t, service, genuine, {
        'an ID token': jwt({ ...HEADER, typ: 'JWT' }, { ...genuine.claims, nonce: 'n', azp: 'client' }),
      })
    },
  },
  {
    at: '6',
    demand: 'MUST',
    says: 'A token tells no more of a person than its readers need',
    passes: 'there is neither address nor name in it',
    async test(t, service) {
      const person = await service.person('Ada Lovelace')
      const { access_token } = await service.tokens(person)
      const claims = claimsOf(access_token)
      t.strictSame(
        Object.keys(claims).sort(),
        ['aud', 'auth_time', 'exp', 'gen', 'iat', 'iss', 'role', 'scope', 'sid', 'sub', 'user_id'].sort(),
      )
      t.notMatch(JSON.stringify(claims), /Ada|@/)
    },
  },
]
