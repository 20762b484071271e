import { createSign, generateKeyPairSync } from 'node:crypto'
import { HEADER, hmac, jwt, signingKey } from '../../support/tokens.ts'
import { genuineTokens, headerOf, refusesAll, without } from '../forging.ts'
import type { Line } from '../line.ts'
import { ISSUER } from '../service.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaPublic = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
const byRsa = (input: string) => createSign('sha256').update(input).sign(rsa.privateKey, 'base64url')
const none = () => ''
const now = () => Math.floor(Date.now() / 1_000)

export const selfContainedTokens: readonly Line[] = [
  {
    at: 'V9.1.1',
    demand: 'L1',
    says: 'The signature of a self-contained token is checked before anything in it counts',
    passes: 'a token of which one letter was changed lets nobody in',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const [header = '', payload = '', signature = ''] = genuine.pair.access_token.split('.')
      const elevated = jwt(HEADER, { ...genuine.claims, role: 'admin' }, () => signature)
      const first = signature[0] === 'A' ? 'B' : 'A'
      await refusesAll(t, service, genuine, {
        'another payload': elevated,
        'another signature': `${header}.${payload}.${first}${signature.slice(1)}`,
        'no signature': `${header}.${payload}.`,
        'a signature cut short': `${header}.${payload}.${signature.slice(0, -2)}`,
        'the right form, another key': jwt(HEADER, genuine.claims, hmac('k'.repeat(32))),
      })
    },
  },
  {
    at: 'V9.1.2',
    demand: 'L1',
    says: 'Only algorithms of a list are accepted, never none, and no key is taken for one of another kind',
    passes: 'HS256 alone is accepted: not none in any spelling, no other HMAC, no confusion with RS256',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      const forged: Record<string, string> = {
        HS512: jwt({ ...HEADER, alg: 'HS512' }, claims, hmac(signingKey.secret, 'sha512')),
        RS256: jwt({ ...HEADER, alg: 'RS256' }, claims, byRsa),
        'RS256 in name, HMAC in fact': jwt({ ...HEADER, alg: 'RS256' }, claims),
        'HMAC with a public key': jwt(HEADER, claims, hmac(rsaPublic)),
        'no algorithm named': jwt({ typ: HEADER.typ, kid: HEADER.kid }, claims),
      }
      for (const alg of ['none', 'None', 'NONE', 'nOnE', '']) {
        forged[`"${alg}", unsigned`] = jwt({ ...HEADER, alg }, claims, none)
        forged[`"${alg}", signed`] = jwt({ ...HEADER, alg }, claims)
      }
      await refusesAll(t, service, genuine, forged)
      t.equal(headerOf(genuine.pair.access_token).alg, 'HS256')
    },
  },
  {
    at: 'V9.1.3',
    demand: 'L1',
    says: 'Keys come from where the service was told to look, never from the token itself',
    passes: 'a key that a token brings along or points to proves nothing',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      const symmetric = { kty: 'oct', k: Buffer.from('mine').toString('base64url'), kid: 'mine' }
      const mine = hmac('mine')
      const address = 'https://attacker.example/keys.json'
      await refusesAll(t, service, genuine, {
        jwk: jwt({ ...HEADER, kid: 'mine', jwk: symmetric }, claims, mine),
        'jwk under a kid that is known': jwt({ ...HEADER, jwk: symmetric }, claims, mine),
        'public jwk': jwt(
          { ...HEADER, alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) },
          claims,
          byRsa,
        ),
        jku: jwt({ ...HEADER, jku: address }, claims, mine),
        x5u: jwt({ ...HEADER, alg: 'RS256', x5u: address }, claims, byRsa),
        x5c: jwt({ ...HEADER, alg: 'RS256', x5c: ['MIIB'] }, claims, byRsa),
      })
    },
  },
  {
    at: 'V9.2.1',
    demand: 'L1',
    says: 'A token counts only within the time that it names',
    passes: 'a token is refused after exp, before nbf, and when either cannot be read',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        'expired a second ago': jwt(HEADER, { ...claims, exp: now() - 1 }),
        'expires this second': jwt(HEADER, { ...claims, exp: now() }),
        'no exp': jwt(HEADER, without(claims, 'exp')),
        'exp in words': jwt(HEADER, { ...claims, exp: '9999999999' }),
        'not before the next minute': jwt(HEADER, { ...claims, nbf: now() + 60 }),
        'nbf in words': jwt(HEADER, { ...claims, nbf: '0' }),
      })
    },
  },
  {
    at: 'V9.2.2',
    demand: 'L2',
    says: 'A token counts only for the purpose its type is for',
    passes: 'nothing but an access token opens a route, and nothing but a refresh token is refreshed',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims, pair } = genuine
      await refusesAll(t, service, genuine, {
        'a refresh token': pair.refresh_token,
        'an untyped JWT': jwt({ alg: HEADER.alg, kid: HEADER.kid }, claims),
        'an ID token': jwt({ ...HEADER, typ: 'JWT' }, claims),
        'a logout token': jwt({ ...HEADER, typ: 'logout+jwt' }, claims),
      })
      const answer = await service.refresh(pair.access_token)
      t.equal(answer.status, 400)
      t.match(answer.json(), { error: 'invalid_grant' })
    },
  },
  {
    at: 'V9.2.3',
    demand: 'L2',
    says: 'A token counts only where it was meant to be used',
    passes: 'a token for another audience, or for none, is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        'another audience': jwt(HEADER, { ...claims, aud: 'https://movies.example.com' }),
        'other audiences': jwt(HEADER, { ...claims, aud: ['a', 'b'] }),
        'a longer name': jwt(HEADER, { ...claims, aud: `${claims.aud}.evil.example` }),
        'no audience': jwt(HEADER, without(claims, 'aud')),
        'an empty list': jwt(HEADER, { ...claims, aud: [] }),
      })
    },
  },
  {
    at: 'V9.2.4',
    demand: 'L2',
    says: 'Issued tokens name the audience that they are restricted to',
    passes: 'every token names one audience, which a request cannot choose',
    async test(t, service) {
      const { claims, person } = await genuineTokens(service)
      t.equal(claims.aud, ISSUER)
      const form = {
        grant_type: 'password',
        username: person.email,
        password: 'correct horse battery staple',
        audience: 'https://movies.example.com',
        resource: 'https://movies.example.com',
      }
      const answer = await service.send('POST', '/auth/token', { form })
      t.equal(answer.status, 200)
      const [, payload = ''] = answer.json<{ access_token: string }>().access_token.split('.')
      t.equal(JSON.parse(Buffer.from(payload, 'base64url').toString()).aud, ISSUER)
    },
  },
]
