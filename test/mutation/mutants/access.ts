import { mutantsOf } from '../mutant.ts'

const GUARDS = ['test/access/guards.test.ts']
const COOKIES = ['test/system/rotation/what-is-refreshed.test.ts']

const HELD = ['test/system/rotation/arrival.test.ts']
const TIMES = ['test/plugins/time-limits.test.ts']

export const access = [
  ...mutantsOf('src/access/guards.ts', GUARDS, [
    {
      name: 'guards: a route for signed-in callers is public',
      from: "if (guard === 'public') return null",
      to: "if (guard === 'public' || guard === 'signed-in') return null",
    },
    { name: 'guards: one part of a rule is enough', from: 'parts.every((part)', to: 'parts.some((part)' },
    {
      name: 'guards: an alternative is needed besides',
      from: 'all(caller, params) || alternative',
      to: 'all(caller, params) && alternative',
    },
    { name: 'guards: a rule may be empty', from: 'if (parts.length === 0)', to: 'if (parts.length < 0)' },
    {
      name: 'guards: a misspelt part is passed over',
      from: 'if (unknown.length > 0)',
      to: 'if (unknown.length > 9)',
    },
    { name: 'guards: a role that does not exist', from: 'if (!roles.isRole(name))', to: "if (name === '')" },
    {
      name: 'guards: a permission that no role has',
      from: 'if (!roles.isPermission(permission))',
      to: "if (permission === '')",
    },
    {
      name: 'guards: a permission that is part of another',
      from: "caller.scope.split(' ').includes(permission)",
      to: 'caller.scope.includes(permission)',
    },
    {
      name: 'guards: every caller is the owner',
      from: 'params[parameter] === caller.userId',
      to: 'params[parameter] !== undefined',
    },
    {
      name: 'guards: an owner that the path does not name',
      from: "!path.split('/').includes(`:${parameter}`)",
      to: "path === ''",
    },
  ]),
  ...mutantsOf('plugins/guards.ts', GUARDS, [
    {
      name: 'guards: a refusal is no event',
      from: "'access-refused', `${sid}",
      to: "'rate-limited', `${sid}",
      tests: ['test/access/refusals.test.ts'],
    },
  ]),
  ...mutantsOf(
    'src/access/route-audit.ts',
    ['test/plugins/route-audit.test.ts'],
    [
      {
        name: 'guards: another plugin may replace the hooks',
        from: 'if (!compiled.isEnforced())',
        to: 'if (!compiled.isEnforced() && config.url === undefined)',
      },
      {
        name: 'guards: another plugin may change the guard',
        from: 'if (config.auth !== compiled.guard)',
        to: 'if (config.auth === null)',
      },
      {
        name: 'guards: a defaultGuard that comes after its routes',
        from: 'if (compiled.isDefault && ',
        to: 'if (!compiled.isDefault && ',
      },
      {
        name: 'guards: the handler of what is not found asks for a guard',
        from: 'config.url === undefined && asksForNoGuard(config)',
        to: 'config.url === undefined',
      },
      {
        name: 'guards: a route outside the scope asks for a guard',
        from: 'asksForNoGuard(config)\n    ? undefined',
        to: 'config.auth !== null\n    ? undefined',
        tests: ['test/plugins/route-audit.test.ts'],
      },
    ],
  ),
  ...mutantsOf(
    'src/hooks/audited-routes.ts',
    ['test/plugins/route-audit.test.ts'],
    [
      {
        name: 'guards: a route whose guard is not enforced is answered',
        from: 'if (audit.admits(config)) return done()',
        to: "if (audit.admits(config) || config.url !== '') return done()",
      },
    ],
  ),
  ...mutantsOf('plugins/authenticate.ts', COOKIES, [
    {
      name: 'authentication: a new password can be put off',
      from: 'if (principal.user.passwordChangeRequiredAt === null)',
      to: 'if (principal.user.passwordChangeRequiredAt !== 0)',
      tests: ['test/accounts/password-change-required.test.ts'],
    },
    {
      name: 'authentication: a cache may keep the answer',
      from: "reply.header('cache-control', 'no-store')",
      to: '',
      tests: ['test/plugins/helmet.test.ts'],
    },
    {
      name: 'authentication: a second hook presents the refresh token again',
      from: 'const isSecondRun = request.principal !== null',
      to: 'const isSecondRun = false',
      tests: ['test/plugins/authenticate.test.ts'],
    },
    {
      name: 'recognition: a public route that has the hook goes the slow way',
      from: 'state.recognition = lookUp(request, arrivedAt(request))',
      to: 'state.recognition = null',
      tests: ['test/plugins/authenticate.test.ts'],
    },
    {
      name: 'authentication: a bearer token that is not good gives way to the cookies',
      from: "carrier === 'bearer' || !mayRefresh(request)",
      to: '!mayRefresh(request)',
    },
    {
      name: 'authentication: a change of role rotates',
      from: "result.kind === 'stale' ? 'claims' : 'rotation'",
      to: "result.kind === 'stale' ? 'rotation' : 'rotation'",
    },
    {
      name: 'authentication: an outage leads to a refresh',
      from: 'await sessions.authenticate(token, arrivedAt(request), carrier, isSafe(request.method))',
      to: "await sessions.authenticate(token, arrivedAt(request), carrier, false).catch(() => ({ kind: 'invalid' }) as const)",
      tests: ['test/system/faults/session-unreadable.test.ts'],
    },
    {
      name: 'authentication: OPTIONS refreshes',
      from: "method !== 'OPTIONS' && ",
      to: '',
      tests: ['test/system/rotation/request-kinds.test.ts'],
    },
    {
      name: 'authentication: a prefetch refreshes',
      from: " && !(isSafe(method) && headers['sec-purpose'] !== undefined)",
      to: '',
      tests: ['test/system/rotation/request-kinds.test.ts'],
    },
    {
      name: 'authentication: an unsafe method with Sec-Purpose is not refreshed',
      from: "isSafe(method) && headers['sec-purpose'] !== undefined",
      to: "headers['sec-purpose'] !== undefined",
      tests: ['test/system/rotation/request-kinds.test.ts'],
    },
    {
      name: 'authentication: a limit that passed while the body came does not count',
      from: 'sessions.isStillValid(identified ?? recognition)',
      to: '(identified ?? recognition) !== undefined',
      tests: HELD,
    },
  ]),
  ...mutantsOf(
    'plugins/clock.ts',
    ['test/system/rotation/limits.test.ts'],
    [
      {
        name: 'authentication: a slow request is judged by its end',
        from: 'clock.now() - Math.min(oldestMs, Math.round(clock.monotonic() - stateOf(request).arrivedTick))',
        to: 'clock.now()',
        tests: TIMES,
      },
      {
        name: 'authentication: an arrival may be of any age',
        from: 'Math.min(oldestMs, Math.round(clock.monotonic() - stateOf(request).arrivedTick))',
        to: 'Math.round(clock.monotonic() - stateOf(request).arrivedTick)',
        tests: TIMES,
      },
    ],
  ),
  ...mutantsOf('src/http/request-body.ts', HELD, [
    {
      name: 'held requests: a chunked body is none',
      from: "headers['transfer-encoding'] !== undefined ||",
      to: '',
    },
  ]),
  ...mutantsOf('plugins/held-requests.ts', HELD, [
    {
      name: 'held requests: a body is read before its sender is known',
      from: 'if (hasBody(request)) authenticate(request, reply, done)',
      to: 'if (false) authenticate(request, reply, done)',
    },
    {
      name: 'held requests: on a public route a token is judged by the head',
      from: 'if (hasBody(request)) stateOf(request).arrivedTick = clock.monotonic()',
      to: '',
    },
    {
      name: 'held requests: an answer leaves after the limit of its session',
      from: 'reply.statusCode >= 400 || !sessions.isPastLimit(principal)',
      to: 'true',
    },
    {
      name: 'held requests: an answer is refused by what was known of the limit before',
      from: '() => done(),',
      to: "() => done(new Error('past')),",
    },
  ]),
  ...mutantsOf(
    'plugins/authenticate.ts',
    ['test/system/rotation/detection.test.ts'],
    [
      {
        name: 'authentication: a request whose body was read has gone',
        from: 'request.raw.socket.writable === false',
        to: 'request.raw.destroyed',
      },
    ],
  ),
  ...mutantsOf(
    'plugins/cookie-size.ts',
    ['test/plugins/roles.test.ts'],
    [
      {
        name: 'cookies: a role makes one that is too large',
        from: 'if (cookie.length <= MAX_COOKIE_BYTES) continue',
        to: 'if (cookie.length <= 2 * MAX_COOKIE_BYTES) continue',
      },
    ],
  ),
  ...mutantsOf('src/sessions/recheck.ts', HELD, [
    {
      name: 'held requests: the end of a session while the body comes does not count',
      from: 'if (ended !== null) throw endedError(endedSession(ended, session, arrived))',
      to: '',
    },
  ]),
  ...mutantsOf(
    'src/errors.ts',
    ['test/system/rotation/reuse.test.ts'],
    [
      {
        name: 'authentication: a late refusal takes newer cookies away',
        from: ' && details.keepsCookies !== true',
        to: '',
        tests: ['test/system/rotation/new-cookies.test.ts'],
      },
      {
        name: 'authentication: cookies that are not good are left',
        from: 'SESSION_ENDED: [401, CREDENTIALS, CLEARS_COOKIES]',
        to: 'SESSION_ENDED: [401, CREDENTIALS]',
      },
      {
        name: 'authentication: reuse leaves the cookies',
        from: 'REFRESH_REUSED: [401, CREDENTIALS, CLEARS_COOKIES]',
        to: 'REFRESH_REUSED: [401, CREDENTIALS]',
      },
      {
        name: 'authentication: a token that is not ours clears the cookies',
        from: 'TOKEN_INVALID: [401, CREDENTIALS]',
        to: 'TOKEN_INVALID: [401, CREDENTIALS, CLEARS_COOKIES]',
        tests: ['test/system/rotation/refused-refresh.test.ts'],
      },
    ],
  ),
]
