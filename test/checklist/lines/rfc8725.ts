import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HEADER, hmac, jwt, signingKey } from '../../support/tokens.ts'
import { accepts, genuineTokens, refusesAll, without } from '../forging.ts'
import type { Line } from '../line.ts'

const part = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const signed = (input: string): string => `${input}.${hmac()(input)}`

export const jwtBestPractices: readonly Line[] = [
  {
    at: '3.1',
    demand: 'MUST',
    says: 'The caller says which algorithms are allowed, and each key is used with exactly one',
    passes: 'the key signs with HS256 and verifies nothing else, whatever the header says',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        'HS384 with the right key': jwt(
          { ...HEADER, alg: 'HS384' },
          claims,
          hmac(signingKey.secret, 'sha384'),
        ),
        'HS512 with the right key': jwt(
          { ...HEADER, alg: 'HS512' },
          claims,
          hmac(signingKey.secret, 'sha512'),
        ),
        'ES256 in name': jwt({ ...HEADER, alg: 'ES256' }, claims),
        'EdDSA in name': jwt({ ...HEADER, alg: 'EdDSA' }, claims),
        'small letters': jwt({ ...HEADER, alg: 'hs256' }, claims),
        'a list of algorithms': jwt({ ...HEADER, alg: ['HS256'] }, claims),
      })
    },
  },
  {
    at: '3.2',
    demand: 'MUST',
    says: 'Only algorithms that are cryptographically current are used, and "none" only where there is other protection',
    passes: 'none is refused in every spelling, with a signature and without',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const forged: Record<string, string> = {}
      for (const alg of ['none', 'None', 'nonE', ' none', 'none\0', null, 0]) {
        forged[`${JSON.stringify(alg)} unsigned`] = jwt({ ...HEADER, alg }, genuine.claims, () => '')
        forged[`${JSON.stringify(alg)} signed`] = jwt({ ...HEADER, alg }, genuine.claims)
      }
      await refusesAll(t, service, genuine, forged)
    },
  },
  {
    at: '3.3',
    demand: 'MUST',
    says: 'Every cryptographic operation in a token is validated, and one that fails refuses the whole',
    passes: 'a token within a token counts only if both are what they should be: none is',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims, pair } = genuine
      const [header, payload, signature] = pair.access_token.split('.') as [string, string, string]
      const nested = `${part(JSON.stringify({ ...HEADER, cty: 'JWT' }))}.${part(pair.access_token)}`
      await refusesAll(t, service, genuine, {
        'a good token as the payload of another': signed(nested),
        'five parts, as if encrypted': [header, payload, payload, payload, signature].join('.'),
        'an extension that must be understood': jwt({ ...HEADER, crit: ['exp2'], exp2: 1 }, claims),
        'an empty list of extensions': jwt({ ...HEADER, crit: [] }, claims),
        'an unencoded payload': jwt({ ...HEADER, b64: false, crit: ['b64'] }, claims),
        'a good token and more': `${pair.access_token}.${signature}`,
      })
    },
  },
  {
    at: '3.4',
    demand: 'MUST',
    says: 'Inputs to elliptic curve key agreement are validated',
    notApplicable: 'Tokens are signed and never encrypted: there is no key agreement.',
  },
  {
    at: '3.5',
    demand: 'MUST',
    says: 'Keys have enough entropy; a password is not a key',
    passes: 'a secret of fewer than 32 bytes, or of fewer than ten different characters, stops the start',
    async test(t, service) {
      const enough = 'kW3nZ0qL8tYxR5bVc7mHs2dJf9gP1aQe'
      const short = enough.slice(1)
      t.equal((await (await service.variant({ SECRET_KEY: enough })).send('GET', '/health/live')).status, 200)
      for (const SECRET_KEY of [short, `${enough},${short}`, `${enough},${'password'.repeat(8)}`]) {
        await t.rejects(service.variant({ SECRET_KEY }), /stopped with status 1 .*SECRET_KEY/s, SECRET_KEY)
      }
    },
  },
  {
    at: '3.6',
    demand: 'SHOULD',
    says: 'What is to be encrypted is not compressed first',
    notApplicable: 'Tokens are signed and never encrypted.',
  },
  {
    at: '3.7',
    demand: 'MUST',
    says: 'Headers and claims are UTF-8',
    passes: 'a token whose JSON is not UTF-8 is refused, though its signature is right',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const claims = JSON.stringify(genuine.claims)
      const invalid = Buffer.from(claims.replace('"user"', '"us\xe9r"'), 'latin1')
      await refusesAll(t, service, genuine, {
        'Latin-1': signed(`${part(JSON.stringify(HEADER))}.${part(invalid)}`),
        'UTF-16': signed(`${part(JSON.stringify(HEADER))}.${part(Buffer.from(claims, 'utf16le'))}`),
      })
    },
  },
  {
    at: '3.8',
    demand: 'MUST',
    says: 'The issuer is the one that the key belongs to, and the subject is one it knows',
    passes: 'another issuer, or a subject that does not own the session, is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const other = await service.person()
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        'another issuer': jwt(HEADER, { ...claims, iss: 'https://auth.example.net' }),
        'the issuer and a slash': jwt(HEADER, { ...claims, iss: `${claims.iss}/` }),
        'no issuer': jwt(HEADER, without(claims, 'iss')),
        'another account': jwt(HEADER, { ...claims, sub: other.id }),
        'an account that is not there': jwt(HEADER, {
          ...claims,
          sub: '019bc186-de00-738c-b587-e5f65ab95d6c',
        }),
        'no subject': jwt(HEADER, without(claims, 'sub')),
      })
    },
  },
  {
    at: '3.9',
    demand: 'MUST',
    says: 'Tokens name their audience, and a token for somebody else is rejected',
    passes: 'a token without our name among its audiences is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      await refusesAll(t, service, genuine, {
        'no audience': jwt(HEADER, without(claims, 'aud')),
        'another audience': jwt(HEADER, { ...claims, aud: 'movies' }),
      })
      t.ok(
        await accepts(service, jwt(HEADER, { ...claims, aud: ['movies', claims.aud] })),
        'one among several',
      )
    },
  },
  {
    at: '3.10',
    demand: 'MUST',
    says: 'What a token claims of itself is not trusted: kid is no path and no query, and no address in it is fetched',
    passes: 'kid opens no file and asks no table, and nobody is called at jku or x5u',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims } = genuine
      let calls = 0
      const listener = createServer((_request, response) => {
        calls += 1
        response.end('{"keys":[]}')
      }).listen(0)
      t.teardown(() => listener.close())
      await once(listener, 'listening')
      const address = `http://localhost:${(listener.address() as AddressInfo).port}/keys`
      const empty = hmac('')
      await refusesAll(t, service, genuine, {
        'a path': jwt({ ...HEADER, kid: '../../../../dev/null' }, claims, empty),
        SQL: jwt({ ...HEADER, kid: "x' UNION SELECT ''--" }, claims, empty),
        'a command': jwt({ ...HEADER, kid: '|true' }, claims, empty),
        'a property of every object': jwt({ ...HEADER, kid: '__proto__' }, claims, empty),
        'a number': jwt({ ...HEADER, kid: 1 }, claims),
        'a list': jwt({ ...HEADER, kid: [HEADER.kid] }, claims),
        'a kid twice, the right one first': signed(
          `${part(`{"alg":"HS256","typ":"at+jwt","kid":"${HEADER.kid}","kid":"x"}`)}.${part(JSON.stringify(claims))}`,
        ),
        jku: jwt({ ...HEADER, kid: 'mine', jku: address }, claims, empty),
        x5u: jwt({ ...HEADER, kid: 'mine', x5u: address }, claims, empty),
        'fifteen kilobytes': jwt({ ...HEADER, kid: 'a'.repeat(11_000) }, claims),
      })
      t.equal(calls, 0)
    },
  },
  {
    at: '3.11',
    demand: 'SHOULD',
    says: 'Tokens say explicitly of which type they are, and only that type is accepted',
    passes: 'typ is at+jwt, and a token of no type or another one is refused',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { claims, pair } = genuine
      t.match(
        Buffer.from(pair.access_token.split('.')[0] as string, 'base64url').toString(),
        '"typ":"at+jwt"',
      )
      await refusesAll(t, service, genuine, {
        'no type': jwt({ alg: HEADER.alg, kid: HEADER.kid }, claims),
        JWT: jwt({ ...HEADER, typ: 'JWT' }, claims),
        'secevent+jwt': jwt({ ...HEADER, typ: 'secevent+jwt' }, claims),
        'dpop+jwt': jwt({ ...HEADER, typ: 'dpop+jwt' }, claims),
        'a longer name': jwt({ ...HEADER, typ: 'at+jwt+x' }, claims),
      })
    },
  },
  {
    at: '3.12',
    demand: 'MUST',
    says: 'Rules for different kinds of tokens exclude each other',
    passes: 'an access token is no refresh token, in the body and in the cookie, nor the other way round',
    async test(t, service) {
      const genuine = await genuineTokens(service)
      const { pair } = genuine
      t.notOk(await accepts(service, pair.refresh_token))
      t.equal((await service.refresh(pair.access_token)).status, 400)
      const cookie = `__Host-access=${pair.refresh_token}; __Host-refresh=${pair.access_token}`
      t.equal((await service.send('GET', '/me', { headers: { cookie } })).status, 401)
      t.ok(await accepts(service, pair.access_token), 'and both are as good as before')
      t.equal((await service.refresh(pair.refresh_token)).status, 200)
    },
  },
]
