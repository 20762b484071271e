import { mutantsOf } from '../mutant.ts'

const FORGED = ['test/system/rotation/refused-refresh.test.ts']
const TIMES = ['test/system/rotation/recorded-times.test.ts']

export const refresh = [
  ...mutantsOf('src/sessions/refresh.ts', FORGED, [
    {
      name: 'refresh: joins a flight by session and generation, whatever the MAC',
      from: `const shared = flights.get(refreshToken)`,
      to: `const shared = [...flights].find(([key]) => {
        const [mine, other] = [claimOf(refreshToken), claimOf(key)]
        return mine.sid === other.sid && mine.generation === other.generation
      })?.[1]`,
    },
    {
      name: 'refresh: lets a request join a flight that began before a change of role',
      from: `if (joined !== undefined && isStillValid) return joined`,
      to: `if (joined !== undefined) return joined`,
      tests: ['test/system/rotation/parallel-requests.test.ts'],
    },
  ]),
  ...mutantsOf('src/sessions/verdicts.ts', TIMES, [
    {
      name: 'refresh: rotated_at is the arrival',
      from: 'const rotatedAt = clock.now()',
      to: 'const rotatedAt = request.arrived',
    },
    {
      name: 'refresh: a client that has gone is taken for a thief',
      from: 'if (request.isGone?.())',
      to: 'if (false)',
      tests: ['test/sessions/sessions.test.ts'],
    },
    {
      name: 'refresh: a late request is recorded nowhere',
      from: "await refusalEvents.record('refresh-late', presented.session.id, details)",
      to: 'void [refusalEvents, details]',
      tests: ['test/sessions/sessions.test.ts'],
    },
  ]),
  ...mutantsOf(
    'src/sessions/refresh.ts',
    ['test/sessions/recheck.test.ts'],
    [
      {
        name: 'refresh: the account may have been read before a change',
        from: `const feedVersion = principalCache.feedVersion()
      const found = await open(claim)`,
        to: `const found = await open(claim)
      const feedVersion = principalCache.feedVersion()`,
      },
    ],
  ),
  ...mutantsOf(
    'src/sessions/authentication.ts',
    ['test/sessions/recheck.test.ts'],
    [
      {
        name: 'access token: the account may have been read before a change',
        from: `const feedVersion = principalCache.feedVersion()
    const found = await store.findSession(claims.sid)`,
        to: `const found = await store.findSession(claims.sid)
    const feedVersion = principalCache.feedVersion()`,
      },
    ],
  ),
  ...mutantsOf('src/sessions/authentication.ts', FORGED, [
    {
      name: 'access token: another process counts the settle time from the rotation',
      from: `const issuedAt = (claims.iat + 1) * 1_000`,
      to: `const issuedAt = 0`,
      tests: TIMES,
    },
  ]),
  ...mutantsOf('src/sessions/issuance.ts', TIMES, [
    {
      name: 'tokens: the life of an access token begins with the issuance',
      from: 'makeTokens(found, { principal, feedVersion, ttlSeconds, now })',
      to: 'makeTokens(found, { principal, feedVersion, ttlSeconds, now: principal.expiresAt })',
    },
    {
      name: 'tokens: made once for all requests that share an issuance',
      from: `if (made?.second !== second)`,
      to: `if (made === undefined)`,
    },
  ]),
  ...mutantsOf(
    'routes/me/password.ts',
    ['test/routes/me/password.test.ts'],
    [
      {
        name: 'cookies: a password change gives a device cookie',
        from: 'core.giveCookies(request, issuance)',
        to: 'core.signedIn(request, issuance)',
      },
    ],
  ),
  ...mutantsOf(
    'src/sign-in/token-endpoint.ts',
    ['test/routes/auth/token.test.ts'],
    [
      {
        name: 'token endpoint: a password gives a refresh token of a session that is not remembered',
        from: `{ ...by, remember: true,`,
        to: `{ ...by, remember: false,`,
      },
    ],
  ),
]
