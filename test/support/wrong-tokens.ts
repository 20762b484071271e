import { createSign, generateKeyPairSync } from 'node:crypto'
import { hmac, jwt as jwtBy, type Sign } from './tokens.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaPublic = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
const byRsa = (input: string) => createSign('sha256').update(input).sign(rsa.privateKey, 'base64url')
const none = () => ''

const part = (text: string | Buffer): string => Buffer.from(text).toString('base64url')
const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))

export interface GenuineToken {
  readonly token: string
  readonly header: { readonly alg: string; readonly typ: string; readonly kid: string }
  readonly claims: Record<string, unknown>
  readonly refreshToken: string
  /** Signs with the key of the token. */
  readonly sign: Sign
  /** The time of the verifier, in seconds since the Unix epoch. */
  readonly seconds: number
}

/** Access tokens that every verifier refuses as invalid, by what is wrong with them. */
export function wrongTokens({ token, header, claims, refreshToken, sign, seconds }: GenuineToken) {
  const [encodedHeader = '', payload = '', signature = ''] = token.split('.')
  const { aud: _aud, ...withoutAudience } = claims
  const { iss: _iss, ...withoutIssuer } = claims
  const { exp: _exp, ...withoutExpiry } = claims
  const { sid: _sid, ...withoutSession } = claims
  const { sub: _sub, ...withoutSubject } = claims
  const issuer = String(claims.iss)
  const jwt = (head: object, body: unknown, by = sign) => jwtBy(head, body, by)
  const signed = (input: string): string => `${input}.${sign(input)}`
  /** A token whose payload has other bytes than those of UTF-8. */
  const inOtherBytes = (bytes: Buffer) => signed(`${part(JSON.stringify(header))}.${part(bytes)}`)

  const wrong: Record<string, string> = {}
  for (const alg of ['none', 'None', 'NONE', 'nOnE', 'nonE', ' none', 'none\0', '', null, 0, ['HS256']]) {
    const unsigned = { ...header, alg }
    wrong[`alg ${JSON.stringify(alg)} without a signature`] = jwt(unsigned, claims, none)
    wrong[`alg ${JSON.stringify(alg)} with a good signature`] = jwt(unsigned, claims)
  }
  Object.assign(wrong, {
    'no alg': jwt({ typ: header.typ, kid: header.kid }, claims),
    'the right alg without a signature': jwt(header, claims, none),
    'alg in another case': jwt({ ...header, alg: swapCase(header.alg) }, claims),
    'RS256 by a key of its own': jwt({ ...header, alg: 'RS256' }, claims, byRsa),
    'HS256 by a public key': jwt({ ...header, alg: 'HS256' }, claims, hmac(rsaPublic)),
    'another key': jwt(header, claims, hmac('another key of at least thirty-two bytes')),
    'an empty key': jwt(header, claims, hmac('')),
    'the kid for a key': jwt(header, claims, hmac(header.kid)),
    'typ JWT': jwt({ ...header, typ: 'JWT' }, claims),
    'typ logout+jwt': jwt({ ...header, typ: 'logout+jwt' }, claims),
    'typ secevent+jwt': jwt({ ...header, typ: 'secevent+jwt' }, claims),
    'typ dpop+jwt': jwt({ ...header, typ: 'dpop+jwt' }, claims),
    'typ with an appendix': jwt({ ...header, typ: 'at+jwt+x' }, claims),
    'the type and claims of an ID token': jwt(
      { ...header, typ: 'JWT' },
      { ...claims, nonce: 'n', azp: 'app' },
    ),
    'no typ': jwt({ alg: header.alg, kid: header.kid }, claims),
    'a list for typ': jwt({ ...header, typ: ['at+jwt'] }, claims),
    'another issuer': jwt(header, { ...claims, iss: 'http://localhost:3001' }),
    'an issuer with an appendix': jwt(header, { ...claims, iss: `${claims.iss}/` }),
    'an issuer in capitals': jwt(header, { ...claims, iss: issuer.toUpperCase() }),
    'an issuer of another scheme': jwt(header, {
      ...claims,
      iss: issuer.startsWith('https:')
        ? issuer.replace('https:', 'http:')
        : issuer.replace('http:', 'https:'),
    }),
    'a list of issuers': jwt(header, { ...claims, iss: [issuer, 'https://attacker.example'] }),
    'no issuer': jwt(header, withoutIssuer),
    'another audience': jwt(header, { ...claims, aud: 'theatres' }),
    'other audiences': jwt(header, { ...claims, aud: ['a', 'b'] }),
    'an audience with an appendix': jwt(header, { ...claims, aud: `${claims.aud}.evil.example` }),
    'an empty list of audiences': jwt(header, { ...claims, aud: [] }),
    'no audience': jwt(header, withoutAudience),
    'a number for an audience': jwt(header, { ...claims, aud: 1 }),
    'no expiry': jwt(header, withoutExpiry),
    'a string for an expiry': jwt(header, { ...claims, exp: '9999999999' }),
    'an expiry beyond numbers': jwt(header, { ...claims, exp: 1e300 }),
    'not yet': jwt(header, { ...claims, nbf: seconds + 1 }),
    'a string for nbf': jwt(header, { ...claims, nbf: '0' }),
    'no subject': jwt(header, withoutSubject),
    'no session': jwt(header, withoutSession),
    'a number for a session': jwt(header, { ...claims, sid: 1 }),
    'a fraction of a generation': jwt(header, { ...claims, gen: 1.5 }),
    'a list of roles': jwt(header, { ...claims, role: ['admin'] }),
    'no kid': jwt({ alg: header.alg, typ: header.typ }, claims),
    'an unknown kid': jwt({ ...header, kid: 'AAAAAAAAAAAA' }, claims),
    'SQL for a kid': jwt({ ...header, kid: "x' UNION SELECT 'secret" }, claims),
    'a file for a kid': jwt({ ...header, kid: '../../../../dev/null' }, claims, hmac('')),
    'a number for a kid': jwt({ ...header, kid: 1 }, claims),
    'a list for a kid': jwt({ ...header, kid: [header.kid] }, claims),
    'a command for a kid': jwt({ ...header, kid: '|true' }, claims, hmac('')),
    'eleven kilobytes for a kid': jwt({ ...header, kid: 'a'.repeat(11_000) }, claims),
    'a kid twice': signed(
      `${part(`{"alg":"${header.alg}","typ":"at+jwt","kid":"${header.kid}","kid":"x"}`)}.${payload}`,
    ),
    'null for a kid': jwt({ ...header, kid: null }, claims),
    '__proto__ for a kid': jwt({ ...header, kid: '__proto__' }, claims, hmac('')),
    'constructor for a kid': jwt({ ...header, kid: 'constructor' }, claims, hmac('')),
    'an extension that must be understood': jwt({ ...header, crit: ['exp2'], exp2: 1 }, claims),
    'an empty crit': jwt({ ...header, crit: [] }, claims),
    'a string for crit': jwt({ ...header, crit: 'b64' }, claims),
    'a payload that is not encoded': jwt({ ...header, b64: false, crit: ['b64'] }, claims),
    'a key that it brings itself': jwt(
      { ...header, kid: 'mine', jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } },
      claims,
      hmac('mine'),
    ),
    'a key that it brings under a kid that is known': jwt(
      { ...header, jwk: { kty: 'oct', k: Buffer.from('mine').toString('base64url') } },
      claims,
      hmac('mine'),
    ),
    'a certificate that it brings itself': jwt({ ...header, alg: 'RS256', x5c: ['MIIB'] }, claims, byRsa),
    'a public key that it brings itself': jwt(
      { ...header, alg: 'RS256', jwk: rsa.publicKey.export({ format: 'jwk' }) },
      claims,
      byRsa,
    ),
    'an address of keys': jwt(
      { ...header, kid: 'mine', jku: 'https://evil.example/keys' },
      claims,
      hmac('mine'),
    ),
    'another token for a payload': signed(
      `${part(JSON.stringify({ ...header, cty: 'JWT' }))}.${part(token)}`,
    ),
    'a payload in UTF-16': inOtherBytes(Buffer.from(JSON.stringify(claims), 'utf16le')),
    'a header that is a list': jwt([header], claims),
    'a header that is null': jwt(JSON.parse('[null]')[0], claims),
    'a payload that is a list': jwt(header, [claims]),
    'a payload that is null': jwt(header, null),
    'a payload that is a string': jwt(header, 'ada'),
    'a changed payload': `${encodedHeader}.${Buffer.from(JSON.stringify({ ...claims, role: 'admin' })).toString('base64url')}.${signature}`,
    'only its header': encodedHeader,
    'its header and a dot': `${encodedHeader}.`,
    'no signature': `${encodedHeader}.${payload}`,
    'an empty signature': `${encodedHeader}.${payload}.`,
    'half a signature': `${encodedHeader}.${payload}.${signature.slice(0, 20)}`,
    'a signature that lacks a letter': token.slice(0, -1),
    'a signature with an appendix': `${token}AAAA`,
    'a signature with padding': `${token}=`,
    'half a payload': `${encodedHeader}.${payload.slice(0, 30)}.${signature}`,
    'no payload': `${encodedHeader}..${signature}`,
    'no header': `.${payload}.${signature}`,
    'nothing but dots': '..',
    'four parts': `${token}.${signature}`,
    'five parts, as if encrypted': `${encodedHeader}.${payload}.${payload}.${payload}.${signature}`,
    'a refresh token': refreshToken,
    'sixteen kilobytes': 'a'.repeat(15_000),
  })

  for (const alg of ['HS256', 'HS512', 'ES256', 'EdDSA', 'RS256', 'PS256'].filter(
    (other) => other !== header.alg,
  )) {
    wrong[`${alg}, signed as ${header.alg}`] = jwt({ ...header, alg }, claims)
  }
  return wrong
}
