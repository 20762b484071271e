import { mutantsOf } from '../mutant.ts'

const TABLE = ['test/errors.test.ts']
const UNFORESEEN = ['test/plugins/errors.test.ts']
const BAD_INPUT = ['test/schemas/bad-input.test.ts']

export const refusals = [
  ...mutantsOf('src/errors.ts', TABLE, [
    {
      name: 'errors: a role that is missing is a 401',
      from: 'ACCESS_FORBIDDEN: [403,',
      to: 'ACCESS_FORBIDDEN: [401,',
    },
    { name: 'errors: reuse is a 403', from: 'REFRESH_REUSED: [401,', to: 'REFRESH_REUSED: [403,' },
    {
      name: 'errors: an expired token has a sentence of its own',
      from: 'TOKEN_EXPIRED: [401, CREDENTIALS]',
      to: "TOKEN_EXPIRED: [401, 'The token has expired']",
    },
    {
      name: 'errors: no error has a stack any more',
      from: 'Error.stackTraceLimit = stackTraceLimit',
      to: '',
    },
  ]),
  ...mutantsOf('plugins/refusals.ts', UNFORESEEN, [
    {
      name: 'errors: a fault of our own says what it was',
      from: "new AuthError('INTERNAL', { cause: error })",
      to: "new AuthError('INTERNAL', { cause: error, message: String(message) })",
    },
    {
      name: 'errors: a fault of our own is not logged',
      from: 'if (refusal.statusCode === 500) request',
      to: 'if (refusal.statusCode === 599) request',
    },
    {
      name: 'errors: no time after which to come back',
      from: "if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds)",
      to: '',
    },
    {
      name: 'errors: a 401 without a challenge',
      from: "if (refusal.statusCode === 401) reply.header('www-authenticate', challenge(refusal))",
      to: '',
      tests: ['test/routes/auth/logout.test.ts'],
    },
    {
      name: 'errors: a 415 names JSON where forms are read',
      from: 'if (types === undefined) return',
      to: 'return',
      tests: ['test/routes/auth/token.test.ts'],
    },
    {
      name: 'errors: unknown properties are told however long',
      from: 'unknown.slice(0, 64)',
      to: 'unknown',
      tests: BAD_INPUT,
    },
  ]),
  ...mutantsOf(
    'src/http/bearer.ts',
    ['test/routes/auth/logout.test.ts'],
    [
      {
        name: 'errors: a missing token is called invalid',
        from: "code === 'TOKEN_MISSING' || code === 'LOGIN_FAILED' ?",
        to: "code === 'LOGIN_FAILED' ?",
      },
    ],
  ),
  ...mutantsOf('plugins/errors.ts', UNFORESEEN, [
    {
      name: 'errors: what is not there is found without a limit',
      from: '{ preHandler: core.limitPerAddress }, ',
      to: '',
      tests: ['test/plugins/rate-limit.test.ts'],
    },
    {
      name: 'errors: a handler that finds nothing has the wrong method',
      from: ' || allowed.includes(request.method)',
      to: '',
    },
    {
      name: 'errors: every path exists for OPTIONS where there is CORS',
      from: "url !== '*' && constraints === undefined",
      to: 'constraints === undefined',
    },
    {
      name: 'errors: a path with constraints breaks every other',
      from: "url !== '*' && constraints === undefined",
      to: "url !== '*'",
    },
    {
      name: 'errors: no preflight is told why it fails',
      from: 'await core.refusePreflight(request)',
      to: '',
      tests: ['test/plugins/cors.test.ts'],
    },
  ]),
  ...mutantsOf(
    'src/http/client-errors.ts',
    ['test/http/client-errors.test.ts'],
    [
      {
        name: 'client errors: headers too large are a 400',
        from: "HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',",
        to: '',
      },
      { name: 'client errors: no security headers', from: '...headers,', to: '' },
      {
        name: 'client errors: the connection stays open',
        from: "connection: 'close'",
        to: "connection: 'keep-alive'",
      },
    ],
  ),
  ...mutantsOf('src/http/input-rules.ts', BAD_INPUT, [
    {
      name: 'input: a text is taken for a number',
      from: 'coerceTypes: false as const',
      to: 'coerceTypes: true as const',
    },
    {
      name: 'input: unknown properties are dropped in silence',
      from: 'removeAdditional: false as const',
      to: 'removeAdditional: true as const',
    },
  ]),
  ...mutantsOf(
    'src/audit/redaction.ts',
    ['test/app/logged-secrets.test.ts'],
    [
      { name: 'log: cookies are written', from: "  'cookie',\n", to: '' },
      { name: 'log: authorization is written', from: "  'authorization',\n", to: '' },
      { name: 'log: hashes of passwords are written', from: "  'passwordHash',\n", to: '' },
      { name: 'log: seeds of sessions are written', from: "  'seed',\n", to: '' },
      {
        name: 'log: a secret of a nested object is written',
        from: 'if (names.length === 0) continue',
        to: 'if (names.length >= 0) continue',
      },
      {
        name: 'log: a secret of an error is written',
        from: 'if (isPlain) return { ...value, ...censored }',
        to: 'if (!isPlain) return value\n  if (isPlain) return { ...value, ...censored }',
      },
    ],
  ),
  ...mutantsOf(
    'src/server-options.ts',
    ['test/app/logged-secrets.test.ts'],
    [
      { name: 'log: queries are written', from: "url: url.replace(/\\?.*/s, '')", to: 'url' },
      {
        name: 'input: bodies of a megabyte',
        from: 'bodyLimit: MAX_BODY_BYTES',
        to: 'bodyLimit: 16 * MAX_BODY_BYTES',
        tests: BAD_INPUT,
      },
      {
        name: 'security headers: none on what the router refuses',
        from: '    reply.headers(answerHeaders(browsers))\n',
        to: '',
        tests: ['test/plugins/helmet.test.ts'],
      },
    ],
  ),
  ...mutantsOf(
    'src/http/security-headers.ts',
    ['test/plugins/helmet.test.ts'],
    [
      {
        name: 'security headers: others may frame',
        from: 'frameAncestors: ["\'none\'"]',
        to: 'frameAncestors: ["\'self\'"]',
      },
      {
        name: 'security headers: inline scripts run',
        from: `scriptSrc: ["'self'"]`,
        to: `scriptSrc: ["'self'", "'unsafe-inline'"]`,
      },
      {
        name: 'security headers: types are sniffed',
        from: 'xContentTypeOptions: true',
        to: 'xContentTypeOptions: false',
      },
      {
        name: 'security headers: https for a day',
        from: 'YEAR_SECONDS = 31_536_000',
        to: 'YEAR_SECONDS = 86_400',
      },
      {
        name: 'security headers: a page keeps its opener',
        from: "crossOriginOpenerPolicy: { policy: 'same-origin' }",
        to: "crossOriginOpenerPolicy: { policy: 'unsafe-none' }",
      },
      {
        name: 'security headers: other origins embed answers',
        from: "crossOriginResourcePolicy: { policy: 'same-origin' }",
        to: "crossOriginResourcePolicy: { policy: 'cross-origin' }",
      },
      { name: 'security headers: addresses reach other hosts', from: "'no-referrer'", to: "'unsafe-url'" },
      {
        name: 'security headers: a page changes its base',
        from: 'baseUri: ["\'none\'"]',
        to: 'baseUri: ["\'self\'"]',
      },
      {
        name: 'security headers: pages connect to any host',
        from: `connectSrc: ["'self'"]`,
        to: `connectSrc: ["'self'", 'https:']`,
        tests: ['test/routes/pages/pages.test.ts'],
      },
      { name: 'security headers: https on plain http', from: 'cookieSecure && { maxAge', to: '{ maxAge' },
    ],
  ),
]
