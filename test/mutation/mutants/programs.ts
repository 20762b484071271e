import { mutantsOf } from '../mutant.ts'

const OUTPUT = ['test/cli/output.test.ts']
const PASSWORD = ['test/cli/password-input.test.ts']
const DOCUMENT = ['test/openapi/document.test.ts']
const ENDPOINT = ['test/routes/auth/token.test.ts']

export const programs = [
  ...mutantsOf('src/cli/output.ts', OUTPUT, [
    {
      name: 'command line: names obey the terminal',
      from: "text.replace(UNPRINTABLE, '\\ufffd')",
      to: 'text',
    },
    {
      name: 'command line: cells run into each other',
      from: 'cell.padEnd(widths[column] as number)',
      to: 'cell',
    },
  ]),
  ...mutantsOf('src/cli/password-input.ts', PASSWORD, [
    {
      name: 'command line: two different passwords',
      from: "'The same again:')) !== first",
      to: "'The same again:')) === ''",
    },
    { name: 'command line: a password is shown as it is typed', from: 'mask: false', to: "mask: '*'" },
  ]),
  ...mutantsOf('src/cli/standard-input.ts', PASSWORD, [
    {
      name: 'command line: a password of several lines',
      from: 'if (/[\\r\\n]/.test(line))',
      to: "if (line === '\\n')",
    },
    { name: 'command line: a password that is no UTF-8', from: 'fatal: true', to: 'fatal: false' },
  ]),
  ...mutantsOf(
    'src/sessions/endings.ts',
    ['test/cli/running-service.test.ts'],
    [
      {
        name: 'command line: ends a session that has ended',
        from: ' && endReason(found.session, clock.now()) === null',
        to: '',
      },
    ],
  ),
  ...mutantsOf(
    'src/cli/environment-file.ts',
    ['test/cli/program.test.ts'],
    [
      {
        name: 'command line: an .env that cannot be read is passed over',
        from: "!== 'ENOENT'",
        to: "=== 'EINVAL'",
      },
    ],
  ),
  ...mutantsOf(
    'src/cli/init.ts',
    ['test/cli/init.test.ts'],
    [
      {
        name: 'command line: init overwrites an application',
        from: 'if (found.length > 0)',
        to: "if (found[0] === '.env')",
      },
    ],
  ),
  ...mutantsOf(
    'src/cli/service.ts',
    ['test/cli/program.test.ts'],
    [
      {
        name: 'command line: works on a database in memory',
        from: "if (url === ':memory:')",
        to: "if (url === '')",
      },
      {
        name: 'command line: a mistyped path becomes a database',
        from: 'if (!mayCreate) refuseMissing(config.databaseUrl)',
        to: '',
        tests: ['test/cli/program.test.ts'],
      },
    ],
  ),
  ...mutantsOf(
    'src/cli/npm-options.ts',
    ['test/cli/program.test.ts'],
    [
      {
        name: 'command line: options that npm has taken are lost',
        from: 'if (swallowed.length === 0) return',
        to: 'if (swallowed.length < 9) return',
      },
    ],
  ),
  ...mutantsOf(
    'src/cli/users.ts',
    ['test/cli/users.test.ts'],
    [
      {
        name: 'command line: an account is deleted without a question',
        from: 'if (!yes) await confirmDeletion(',
        to: 'if (false) await confirmDeletion(',
      },
    ],
  ),
  ...mutantsOf('src/openapi/document.ts', DOCUMENT, [
    {
      name: 'description: no answer carries cookies',
      from: "cookies && status.startsWith('2')",
      to: "cookies && status.startsWith('9')",
      tests: ['test/openapi/answers.test.ts'],
    },
    {
      name: 'description: every body must be sent',
      from: 'required: !mayBeLeftOut(requestBody)',
      to: 'required: true',
    },
  ]),
  ...mutantsOf(
    'src/openapi/refusals.ts',
    ['test/openapi/document.test.ts'],
    [
      {
        name: 'description: a rule refuses no caller',
        from: "if (typeof guardOfUsers(guard) === 'object') late.add('ACCESS_FORBIDDEN')",
        to: '',
      },
      {
        name: 'description: a new password is demanded everywhere',
        from: 'if (forUsers && !beforePasswordChange) late',
        to: 'if (forUsers) late',
      },
      {
        name: 'description: foreign pages may change things',
        from: "if (changes) early.add('CROSS_ORIGIN_REFUSED')",
        to: '',
      },
    ],
  ),
  ...mutantsOf(
    'src/openapi/guard.ts',
    ['test/openapi/document.test.ts'],
    [
      {
        name: 'description: an alternative is left out',
        from: "(or === undefined ? '' : `, or ${phraseOf(or)}`)",
        to: "''",
      },
    ],
  ),
  ...mutantsOf('routes/auth/token.ts', ENDPOINT, [
    { name: 'token endpoint: an old cache may keep tokens', from: ", pragma: 'no-cache'", to: '' },
  ]),
  ...mutantsOf('src/sign-in/token-endpoint.ts', ENDPOINT, [
    { name: 'token endpoint: reuse is no invalid grant', from: "  'REFRESH_REUSED',\n", to: '' },
    { name: 'token endpoint: an outage is an error of ours', from: ' || statusCode === 503', to: '' },
    { name: 'token endpoint: an empty parameter is one', from: " || value === ''", to: '' },
    {
      name: 'token endpoint: a fault of ours is a bad request',
      from: "if (statusCode === 500) return as(500, 'server_error')",
      to: '',
    },
  ]),
  ...mutantsOf(
    'src/schemas/present.ts',
    ['test/routes/me/sessions.test.ts'],
    [
      {
        name: 'sessions: none is the current one',
        from: 'session.id === currentSid',
        to: "currentSid === ''",
      },
      {
        name: 'sessions: the idle limit is not told',
        from: 'Math.min(session.idleExpiresAt, session.expiresAt)',
        to: 'session.expiresAt',
      },
    ],
  ),
]
