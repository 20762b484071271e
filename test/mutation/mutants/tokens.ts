import { mutantsOf } from '../mutant.ts'

const CLAIMS = 'test/protocol/access-token.test.ts'
const FORGED = 'test/plugins/jwt.test.ts'

const refreshTokens = mutantsOf(
  'src/protocol/refresh-token.ts',
  ['test/protocol/refresh-token.test.ts'],
  [
    {
      name: 'refresh token: any MAC verifies',
      from: 'if (timingSafeEqual(mac(key, seed, claim.head), claim.mac)) matches = true',
      to: 'if (mac(key, seed, claim.head).length === claim.mac.length) matches = true',
    },
    {
      name: 'refresh token: half of the MAC verifies',
      from: 'timingSafeEqual(mac(key, seed, claim.head), claim.mac)',
      to: 'timingSafeEqual(mac(key, seed, claim.head).subarray(0, 16), claim.mac.subarray(0, 16))',
    },
    {
      name: 'refresh token: the secret alone forges it',
      from: 'Buffer.concat([DOMAIN, seed, head])',
      to: 'Buffer.concat([DOMAIN, seed.subarray(0, 0), head])',
    },
    {
      name: 'refresh token: the MAC leaves out the generation',
      from: 'Buffer.concat([DOMAIN, seed, head])',
      to: 'Buffer.concat([DOMAIN, seed, head.subarray(0, 1 + SID_BYTES)])',
    },
    {
      name: 'refresh token: the MAC leaves out the session',
      from: 'Buffer.concat([DOMAIN, seed, head])',
      to: 'Buffer.concat([DOMAIN, seed, head.subarray(1 + SID_BYTES)])',
    },
    {
      name: 'refresh token: older secrets do not verify',
      from: '[signing, ...older.map((key) => createSecretKey(key))]',
      to: '[signing, ...older.slice(0, 0).map((key) => createSecretKey(key))]',
    },
    { name: 'refresh token: any version reads', from: 'if (bytes[0] !== VERSION) return null', to: '' },
    {
      name: 'refresh token: characters outside base64url read',
      from: 'if (!BASE64URL.test(encoded)) return null',
      to: '',
    },
    { name: 'refresh token: any prefix reads', from: ' || !token.startsWith(PREFIX)', to: '' },
    {
      name: 'refresh token: a longer token reads',
      from: 'token.length !== TOKEN_LENGTH',
      to: 'token.length < TOKEN_LENGTH',
    },
  ],
)

const accessClaims = mutantsOf(
  'src/protocol/access-token.ts',
  [CLAIMS],
  [
    {
      name: 'access token: good in the millisecond of its end',
      from: 'arrived < claims.exp * 1_000',
      to: 'arrived <= claims.exp * 1_000',
    },
    { name: 'access token: never expires', from: "'good' : 'expired'", to: "'good' : 'good'" },
    { name: 'access token: good before nbf', from: 'nbf * 1_000 <= arrived', to: 'nbf * 1_000 > 0' },
    {
      name: 'access token: outlives the idle limit of its session',
      from: ', session.idleExpiresAt, session.expiresAt)',
      to: ', session.expiresAt)',
    },
    { name: 'access token: no subject is needed', from: " 'sub', 'sid',", to: " 'sid'," },
    { name: 'access token: no time of issue is needed', from: "['gen', 'iat', 'exp',", to: "['gen', 'exp'," },
    { name: 'access token: no generation is needed', from: "['gen', 'iat', 'exp',", to: "['iat', 'exp'," },
    {
      name: 'access token: times may be fractions',
      from: '!Number.isSafeInteger(claims[name])',
      to: "typeof claims[name] !== 'number'",
    },
    { name: 'access token: no id is needed', from: "['client_id', 'jti', 'sub'", to: "['client_id', 'sub'" },
    { name: 'access token: no client is needed', from: "['client_id', 'jti', 'sub'", to: "['jti', 'sub'" },
    {
      name: 'access token: jitter makes it live longer',
      from: 'ttlSeconds - Math.floor(random',
      to: 'ttlSeconds + Math.floor(random',
    },
    {
      name: 'access token: no jitter',
      from: 'ttlSeconds - Math.floor(random * (maxJitterSeconds(ttlSeconds) + 1))',
      to: 'ttlSeconds - Math.floor(random)',
    },
    {
      name: 'access token: jitter of more than 5 %',
      from: 'random * (maxJitterSeconds(ttlSeconds) + 1)',
      to: 'random * (maxJitterSeconds(ttlSeconds) + 2)',
    },
    { name: 'access token: always of the first generation', from: 'gen: session.generation', to: 'gen: 1' },
    {
      name: 'access token: auth_time is the time of issue',
      from: 'auth_time: Math.floor(session.authenticatedAt / 1_000)',
      to: 'auth_time: Math.floor(context.now / 1_000)',
    },
  ],
)

const signatures = mutantsOf(
  'plugins/jwt.ts',
  [FORGED],
  [
    { name: 'access token: any typ is accepted', from: 'checkTyp: TYPE,', to: '' },
    { name: 'access token: any issuer is accepted', from: 'allowedIss: issuer,', to: '' },
    { name: 'access token: any audience is accepted', from: 'allowedAud: audience,', to: '' },
    {
      name: 'access token: an unknown kid stands for the current key',
      from: 'const verifier = bySecret.get(kid)',
      to: 'const verifier = bySecret.get(kid) ?? signer',
    },
    {
      name: 'access token: a signature is not verified',
      from: 'return isSignedBy(verifier.key, token) ? verified(verifier.jwt, token) : null',
      to: 'return verifier.jwt.decode(token)',
    },
    {
      name: 'access token: older secrets do not verify',
      from: 'of [current, ...older]) {',
      to: 'of [current, ...older.slice(0, 0)]) {',
    },
  ],
)

const verification = mutantsOf(
  'src/sessions/authentication.ts',
  [FORGED],
  [
    {
      name: 'access token: the account need not be that of the session',
      from: 'found === undefined || found.user.id !== claims.sub',
      to: 'found === undefined',
    },
    {
      name: 'access token: good before nbf, over HTTP',
      from: "if (time === 'premature') return INVALID",
      to: '',
    },
    {
      name: 'access token: a token of the role before is not stale',
      from: 'user.role !== role || roles.scopeOf(user.role)',
      to: 'roles.scopeOf(user.role)',
    },
    {
      name: 'access token: a token of the permissions before is not stale',
      from: ' || roles.scopeOf(user.role) !== scope',
      to: '',
    },
    {
      name: 'access token: good after its session has ended',
      from: 'if (ended !== null && !isReplaced) return endedSession(ended, found.session, arrived)',
      to: '',
      tests: ['test/routes/auth/logout.test.ts'],
    },
  ],
)

const ids = mutantsOf(
  'src/sessions/new-session.ts',
  ['test/sessions/sessions.test.ts'],
  [
    {
      name: 'session ids: one byte is fixed',
      from: 'id: randomBytes(SID_BYTES)',
      to: 'id: randomBytes(SID_BYTES).fill(1, 0, 1)',
    },
    {
      name: 'session ids: fewer than 128 bits',
      from: 'id: randomBytes(SID_BYTES)',
      to: 'id: Buffer.concat([randomBytes(SID_BYTES - 1), Buffer.alloc(1)])',
    },
  ],
)

const issuance = mutantsOf(
  'src/sessions/issuance.ts',
  ['test/routes/auth/token.test.ts'],
  [
    {
      name: 'access token: its id is that of its session',
      from: 'const tokenId = randomBytes(TOKEN_ID_BYTES)',
      to: "const tokenId = Buffer.from(session.id, 'base64url')",
    },
    {
      name: 'access token: its id has fewer than 128 bits',
      from: 'const TOKEN_ID_BYTES = 16',
      to: 'const TOKEN_ID_BYTES = 8',
    },
    {
      name: 'access token: all live for the same time',
      from: 'jitteredTtl(accessTtlSeconds, jitter())',
      to: 'jitteredTtl(accessTtlSeconds, 0)',
    },
  ],
)

export const tokens = [...refreshTokens, ...accessClaims, ...issuance, ...signatures, ...verification, ...ids]
