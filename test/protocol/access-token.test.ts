import fc from 'fast-check'
import t from 'tap'
import {
  type AccessClaims,
  accessClaims,
  jitteredTtl,
  readAccessClaims,
  shortestTtl,
  timeliness,
} from '../../src/protocol/access-token.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import type { UserRow } from '../../src/store/user-row.ts'

const user: UserRow = {
  id: '019bc186-de00-738c-b587-e5f65ab95d6c',
  email: 'ada@example.com',
  emailKey: 'ada@example.com',
  name: null,
  role: 'admin',
  passwordHash: '$argon2id$secret',
  createdAt: 0,
  passwordChangedAt: 0,
  passwordChangeRequiredAt: null,
  disabledAt: null,
  emailConfirmedAt: null,
  locale: null,
  signInNotices: true,
  invitedAt: null,
}

const session: SessionRow = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  userId: user.id,
  seed: Buffer.alloc(32),
  generation: 7,
  rotatedAt: 0,
  handedAt: null,
  usedAt: null,
  fallbacks: 0,
  confirmedAt: null,
  authenticatedAt: 1_500,
  createdAt: 0,
  remember: true,
  isByCookie: true,
  idleExpiresAt: 10_000_000,
  expiresAt: 20_000_000,
  revokedAt: null,
  revokedReason: null,
  ip: '127.0.0.1',
  userAgent: '',
  lastSeenAt: 0,
}

const context = {
  issuer: 'https://auth.example',
  audience: 'movies',
  scope: 'a b',
  ttlSeconds: 900,
  tokenId: 'BBBBBBBBBBBBBBBBBBBBBB',
  now: 60_999,
}

const claims: AccessClaims = {
  iss: 'https://auth.example',
  aud: 'movies',
  client_id: 'tacit',
  jti: 'BBBBBBBBBBBBBBBBBBBBBB',
  sub: user.id,
  user_id: user.id,
  sid: 'AAAAAAAAAAAAAAAAAAAAAA',
  gen: 7,
  role: 'admin',
  scope: 'a b',
  iat: 60,
  exp: 960,
  auth_time: 1,
  email_verified: false,
}

t.test(
  'access claims name the client, the account, the session and the lifetime, and nothing else',
  async (t) => {
    t.strictSame(accessClaims(session, user, context), claims)
  },
)

t.test('an access token does not outlive its session', async (t) => {
  t.equal(accessClaims({ ...session, idleExpiresAt: 100_999 }, user, context).exp, 100)
  t.equal(accessClaims({ ...session, expiresAt: 99_999 }, user, context).exp, 99)
})

const fromZeroToOne = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

t.test('property: jitter shortens a lifetime by whole seconds, and by at most 5 %', async (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10_000_000 }), fromZeroToOne, (ttlSeconds, random) => {
      const life = jitteredTtl(ttlSeconds, random)
      return (
        Number.isInteger(life) &&
        life <= ttlSeconds &&
        life >= shortestTtl(ttlSeconds) &&
        life >= ttlSeconds * 0.95
      )
    }),
  )
  t.same(
    [0, 0.999_999].map((random) => jitteredTtl(900, random)),
    [900, 855],
  )
  t.same(
    [0, 0.999_999].map((random) => jitteredTtl(19.9, random)),
    [19.9, 19.9],
  )
  t.same([900, 20, 19].map(shortestTtl), [855, 19, 19])
})

t.test('jitter spreads the tokens of one second evenly over the last 5 % of their lifetime', async (t) => {
  const TOKENS = 46_000
  const counts = new Map<number, number>()
  for (let n = 0; n < TOKENS; n += 1) {
    const life = jitteredTtl(900, (n + 0.5) / TOKENS)
    counts.set(life, (counts.get(life) ?? 0) + 1)
  }
  t.same(
    [...counts.keys()].sort(),
    Array.from({ length: 46 }, (_, index) => 855 + index),
  )
  t.same(new Set(counts.values()), new Set([1_000]))
})

t.test('reads a payload whole or refuses it', async (t) => {
  t.equal(readAccessClaims(claims), claims)
  const strings = ['client_id', 'jti', 'sub', 'sid', 'role', 'scope']
  for (const name of [...strings, 'gen', 'iat', 'exp', 'auth_time']) {
    const { [name as keyof AccessClaims]: _removed, ...others } = claims
    t.equal(readAccessClaims(others), null, `without ${name}`)
  }
  for (const name of strings) {
    for (const value of [1, null, true, ['a'], {}])
      t.equal(readAccessClaims({ ...claims, [name]: value }), null)
  }
  for (const name of ['gen', 'iat', 'exp', 'auth_time']) {
    for (const value of ['1', null, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, [1]]) {
      t.equal(readAccessClaims({ ...claims, [name]: value }), null, `${name}: ${value}`)
    }
  }
  const { email_verified: _later, ...before } = claims
  t.equal(readAccessClaims(before), before, 'a token of an earlier version')
  for (const value of ['true', 1, null, {}]) {
    t.equal(readAccessClaims({ ...claims, email_verified: value }), null)
  }
  for (const payload of [null, undefined, 'text', 1, true, [], {}]) t.equal(readAccessClaims(payload), null)
})

t.test('property: reading a payload never throws', async (t) => {
  fc.assert(
    fc.property(fc.anything(), (payload) => {
      readAccessClaims(payload)
    }),
  )
  t.pass()
})

const times: readonly (readonly [extra: object, arrived: number, verdict: string])[] = [
  [{}, 0, 'good'],
  [{}, 959_999, 'good'],
  [{}, 960_000, 'expired'],
  [{ nbf: 100 }, 99_999, 'premature'],
  [{ nbf: 100 }, 100_000, 'good'],
  [{ nbf: 1_000 }, 2_000_000, 'expired'],
  [{ nbf: '0' }, 100_000, 'premature'],
  [{ nbf: null }, 100_000, 'premature'],
]
for (const [extra, arrived, verdict] of times) {
  t.test(`judges ${JSON.stringify({ exp: 960, ...extra })} at ${arrived} ms: ${verdict}`, async (t) => {
    t.equal(timeliness({ ...claims, ...extra }, arrived), verdict)
  })
}
