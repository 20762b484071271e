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
        from: 'bySession.add(sid, state.arrivedTick)',
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
        from: 'if (now < count.endsAt) count.requests += by',
        to: 'if (now <= Number.MAX_VALUE) count.requests += by',
      },
      {
        name: 'request counts: a later window gives back what it did not count',
        from: 'if (count?.endsAt === endsAt) count.requests -= by',
        to: 'if (count !== undefined) count.requests -= by',
      },
    ],
  ),
  ...mutantsOf(
    'src/limits/shared-counts.ts',
    ['test/workers/primary-link.test.ts'],
    [
      {
        name: 'shared counts: an outage begins at zero',
        from: 'count.requests = Math.max(count.requests, requests)\n      return { requests, endsAt }',
        to: 'return { requests: 1, endsAt }',
      },
      {
        name: 'shared counts: a worker reports only when it is asked to',
        from: 'count.owed + count.sent > allowance.requests || ',
        to: '',
      },
      {
        name: 'shared counts: what is on its way may be counted again',
        from: 'count.sent += owed',
        to: '',
      },
      {
        name: 'shared counts: a worker asks never, however large the count',
        from: ' || count.requests > allowance.upTo',
        to: '',
      },
      {
        name: 'shared counts: a report is lost',
        from: 'if (count.owed !== 0) deliver(key, count, lastNow)',
        to: 'if (count.owed !== 0) count.owed = 0',
      },
      {
        name: 'shared counts: what own memory counted is not delivered',
        from: 'if (answer === AWAY) count.owed += owed',
        to: '',
        tests: ['test/limits/redis-counts.test.ts'],
      },
      {
        name: 'shared counts: another window gets a request back',
        from: 'if (count?.endsAt !== endsAt) return',
        to: 'if (count === undefined) return',
      },
    ],
  ),
  ...mutantsOf(
    'src/limits/redis-script.ts',
    ['test/limits/redis-counts.test.ts'],
    [
      {
        name: 'redis: a count never expires',
        from: "redis.call('PEXPIRE', key, ttl)",
        to: '',
      },
      {
        name: 'redis: a lost count begins at zero',
        from: 'n = math.max(n, tonumber(atLeast))',
        to: '',
      },
      {
        name: 'redis: another window gets a request back',
        from: "if redis.call('HGET', key, 'w') == window then redis.call('HINCRBY', key, 'n', -by) end",
        to: "redis.call('HINCRBY', key, 'n', -by)",
      },
    ],
  ),
  ...mutantsOf(
    'src/limits/redis-counts.ts',
    ['test/limits/redis-counts.test.ts'],
    [
      {
        name: 'redis: the log has the password',
        from: 'return `${protocol}//${host}${pathname}`',
        to: 'return url',
      },
      {
        name: 'redis: keys are the same for every service',
        from: "createHmac('sha256', hmacKey)",
        to: "createHmac('sha256', '')",
      },
    ],
  ),
  ...mutantsOf(
    'src/workers/primary-services.ts',
    ['test/workers/primary-link.test.ts'],
    [
      {
        name: 'primary: a count is read after it has changed',
        from: 'return found instanceof Promise ? found.then(answer) : answer(found)',
        to: 'return Promise.resolve(found).then(answer)',
      },
    ],
  ),
  ...mutantsOf(
    'src/workers/supervisor.ts',
    ['test/workers/supervisor.test.ts'],
    [
      {
        name: 'supervisor: a replacement ends old workers before new ones listen',
        from: 'if (!(await next.ready)) {',
        to: 'if (false) {',
      },
      {
        name: 'supervisor: a replacement counts as a failure',
        from: 'if (isStopping() || member.isLeaving()) return',
        to: 'if (isStopping()) return',
      },
      {
        name: 'supervisor: tries for ever',
        from: 'ending.wasExplained || failures + 1 >= MAX_FAILED_STARTS',
        to: 'ending.wasExplained || failures + 1 >= 7',
      },
    ],
  ),
  ...mutantsOf(
    'src/workers/primary-link.ts',
    ['test/workers/primary-link.test.ts'],
    [
      {
        name: 'primary link: an outage of Redis is not told',
        from: 'isDegraded || limits.isDegraded()',
        to: 'limits.isDegraded()',
      },
      {
        name: 'primary link: a lost hashing process is an internal error',
        from: "message === null\n    ? new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })\n    : new Error(message)",
        to: "new Error(message ?? '')",
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
