import { mutantsOf } from '../mutant.ts'

const ROLES = ['test/plugins/roles.test.ts']
const EVENTS = ['test/audit/events.test.ts']

export const lists = [
  ...mutantsOf(
    'src/audit/notices.ts',
    ['test/routes/me/notices.test.ts'],
    [
      { name: 'notices: of every account', from: '{ userId, types', to: '{ types' },
      { name: 'notices: of every type', from: 'types: noticeTypes, ', to: '' },
      { name: 'notices: older than events are kept', from: ', since }', to: ' }' },
      { name: 'notices: without a limit', from: 'listEvents(MAX_NOTICES', to: 'listEvents(100' },
    ],
  ),
  ...mutantsOf(
    'src/audit/cursor.ts',
    ['test/routes/admin/events.test.ts'],
    [
      { name: 'lists: a cursor of another list', from: 'text.startsWith(prefix) && ', to: '' },
      { name: 'lists: any cursor', from: ' && key.test(read)', to: '' },
      {
        name: 'lists: a last page that is full has another',
        from: 'found.length > limit',
        to: 'found.length >= limit',
      },
    ],
  ),
  ...mutantsOf('src/access/roles.ts', ROLES, [
    {
      name: 'roles: built-in ones can be defined again',
      from: 'if (Object.hasOwn(BUILT_IN, name))',
      to: "if (name === '')",
    },
    { name: 'roles: any name', from: 'if (!ROLE_NAME.test(name))', to: "if (name === '')" },
    {
      name: 'roles: any permission',
      from: "typeof permission !== 'string' || !PERMISSION_NAME.test(permission)",
      to: "typeof permission !== 'string'",
    },
    {
      name: 'roles: reached by a role that has one of their permissions',
      from: 'of(other).every((permission)',
      to: 'of(other).some((permission)',
    },
    {
      name: 'roles: administrators reach only what they may do themselves',
      from: 'role === ADMINISTRATOR_ROLE || of(other)',
      to: "role === '' || of(other)",
    },
  ]),
  ...mutantsOf('src/audit/events.ts', EVENTS, [
    {
      name: 'events: a user agent of any length',
      from: "(userAgent ?? '').slice(0, MAX_USER_AGENT_LENGTH)",
      to: "userAgent ?? ''",
    },
    { name: 'events: the address is not stored', from: 'ip: client?.ip ?? null', to: 'ip: null' },
    { name: 'events: not logged', from: 'log.info({ event: type,', to: 'void ({ event: type,' },
    {
      name: 'events: one that cannot be stored fails the request',
      from: "log.error({ event: type, err: error }, 'an event could not be stored')",
      to: 'throw error',
    },
  ]),
  ...mutantsOf(
    'src/audit/refusal-events.ts',
    ['test/audit/events.test.ts'],
    [
      { name: 'refusal events: each is told', from: 'reported.has(key) || ', to: '' },
      {
        name: 'refusal events: any number a minute',
        from: 'const MAX_PER_MINUTE = 20',
        to: 'const MAX_PER_MINUTE = 2_000',
      },
      { name: 'refusal events: one minute for ever', from: 'now < running.endsAt', to: 'now >= 0' },
    ],
  ),
  ...mutantsOf(
    'src/keys/signing-key.ts',
    ['test/keys/signing-key.test.ts'],
    [
      {
        name: 'signing key: a new one is not told',
        from: 'if (event !== null) events',
        to: 'if (event === undefined) events',
      },
    ],
  ),
  ...mutantsOf(
    'src/db/prune.ts',
    ['test/db/prune.test.ts'],
    [
      {
        name: 'pruning: sessions before their end',
        from: 'sessionsBefore: now',
        to: 'sessionsBefore: now + 1',
      },
      {
        name: 'pruning: failures before their time',
        from: 'throttlesBefore: now',
        to: 'throttlesBefore: now + 1',
      },
      {
        name: 'pruning: events at once',
        from: 'now - eventsTtlSeconds * 1_000',
        to: 'now - eventsTtlSeconds',
      },
      { name: 'pruning: changes that others have not read', from: 'now - CHANGES_TTL_MS', to: 'now' },
      {
        name: 'pruning: one step only',
        from: 'if (deleted === 0) return total',
        to: 'if (deleted < 1_000) return total + deleted',
      },
    ],
  ),
  ...mutantsOf(
    'src/db/sqlite/prune.ts',
    ['test/db/prune.test.ts'],
    [
      {
        name: 'pruning: the newest change goes as well',
        from: ' AND seq < (SELECT max(seq) FROM session_changes)',
        to: '',
      },
      {
        name: 'pruning: sessions by their idle limit',
        from: "prepareDelete('sessions', 'expires_at')",
        to: "prepareDelete('sessions', 'idle_expires_at')",
      },
    ],
  ),
  ...mutantsOf(
    'src/credentials/device-cookies.ts',
    ['test/credentials/device-cookies.test.ts'],
    [
      { name: 'device cookie: good for any account', from: '.update(userId)\n', to: '\n' },
      { name: 'device cookie: good for ever', from: ' && now < expiresAt(entry)', to: '' },
      {
        name: 'device cookie: an account has several entries',
        from: '.filter((other) => !isOf(userId, other))',
        to: '',
      },
      {
        name: 'device cookie: the same every time',
        from: 'randomBytes(NONCE_BYTES).copy',
        to: 'Buffer.alloc(NONCE_BYTES).copy',
      },
    ],
  ),
]
