import { mutantsOf } from '../mutant.ts'

const LIMITS = ['test/plugins/rate-limit.test.ts']

export const limits = [
  ...mutantsOf('plugins/rate-limit.ts', LIMITS, [
    {
      name: 'rate limit: counts before the caller is recognised',
      from: '[core.recognise, limitOf(route), ...existing.slice(1)]',
      to: '[limitOf(route), ...existing]',
      tests: ['test/plugins/session-limit.test.ts'],
    },
  ]),
  ...mutantsOf('plugins/address-limit.ts', LIMITS, [
    {
      name: 'rate limit: sign-ins have no stricter one',
      from: 'createRateLimit({ max: loginRateLimitMax,',
      to: 'createRateLimit({ max: rateLimitMax,',
    },
    {
      name: 'rate limit: no time after which to come back',
      from: 'tooMany(setting, limit, Math.max(1, retryAfterSeconds))',
      to: "new AuthError('RATE_LIMITED')",
    },
    {
      name: 'rate limit: the message names another setting',
      from: "tooMany('RATE_LIMIT_MAX', max,",
      to: "tooMany('LOGIN_RATE_LIMIT_MAX', max,",
    },
  ]),
  ...mutantsOf(
    'plugins/session-limit.ts',
    ['test/plugins/session-limit.test.ts'],
    [
      {
        name: 'session limit: a remembered session has none',
        from: 'if (count.requests <= limit) done()',
        to: 'if (count.requests <= 1_000 * limit) done()',
      },
      {
        name: 'session limit: a refresh that proves genuine is not counted',
        from: 'bySession.add(sid, now)',
        to: '',
      },
      {
        name: 'session limit: the address gets nothing back on proof',
        from: 'byAddress.takeBack(address, endsAt)',
        to: '',
      },
      {
        name: 'session limit: forged tokens do not count for the address',
        from: 'core.countForAddress(request)',
        to: '',
      },
      {
        name: 'session limit: a remembered refresh token is refused with the forged ones',
        from: ' && !isRemembered(token)',
        to: '',
      },
    ],
  ),
  ...mutantsOf(
    'src/http/request-counts.ts',
    ['test/plugins/rate-limit.test.ts'],
    [
      {
        name: 'request counts: a window never ends',
        from: 'if (now < count.endsAt) count.requests += 1',
        to: 'if (now <= Number.MAX_VALUE) count.requests += 1',
      },
      {
        name: 'request counts: a later window gives back what it did not count',
        from: 'if (count?.endsAt === endsAt) count.requests -= 1',
        to: 'if (count !== undefined) count.requests -= 1',
      },
    ],
  ),
  ...mutantsOf('src/http/client-address.ts', LIMITS, [
    { name: 'client address: believes what is no address', from: 'if (isIP(entry) === 0) break', to: '' },
    {
      name: 'client address: keeps the port',
      from: 'return bracketed ?? plain ?? entry',
      to: 'return entry',
    },
  ]),
  ...mutantsOf(
    'plugins/refused-tokens.ts',
    ['test/plugins/refused-tokens.test.ts'],
    [
      {
        name: 'refused tokens: a forged token leaves no trace',
        from: "  'TOKEN_INVALID',\n",
        to: '',
      },
    ],
  ),
]
