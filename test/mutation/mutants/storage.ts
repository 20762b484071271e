import { mutantsOf } from '../mutant.ts'

const GROUPS = ['test/db/sqlite/group-commit.test.ts']
const OUTAGES = ['test/db/sqlite/synchronous.test.ts']
const SESSIONS = ['test/sessions/session-limit.test.ts']
const WINS = ['test/system/rotation/sign-out.test.ts']
const FALL_BACK = ['test/system/rotation/fall-back.test.ts']
const RECEIPT = ['test/system/rotation/recorded-times.test.ts']

export const storage = [
  ...mutantsOf('src/db/sqlite/group-commit.ts', GROUPS, [
    {
      name: 'group commit: answers before the COMMIT',
      from: 'return () => resolve(result as never)',
      to: 'resolve(result as never)\n      return () => {}',
    },
    { name: 'group commit: each by itself', from: '=== 1) setImmediate(flush)', to: '> 0) void flush()' },
    {
      name: 'group commit: goes on after the transaction was undone',
      from: 'if (!driver.inTransaction) throw error',
      to: '',
    },
    {
      name: 'group commit: a failure is told as it is',
      from: 'reject(reported(error, retry))',
      to: 'reject(error)',
    },
    {
      name: 'group commit: does not wait for a lock',
      from: 'await retryWhileBusy(() => commit.immediate(group), retry)',
      to: 'commit.immediate(group)',
    },
  ]),
  ...mutantsOf(
    'src/db/sqlite/throttles.ts',
    ['test/credentials/throttle.test.ts'],
    [
      {
        name: 'throttle: a count is written over another',
        from: "eq(loginThrottles.failures, placeholder(loginThrottles.failures, 'failuresBefore')),",
        to: '',
      },
    ],
  ),
  ...mutantsOf(
    'src/db/sqlite/accounts.ts',
    ['test/credentials/password-hashes.test.ts'],
    [
      {
        name: 'hashes: a renewal is written over a new password',
        from: 'eq(users.passwordHash, passwordHash),\n        eq(users.passwordChangedAt, passwordChangedAt),\n',
        to: '',
      },
    ],
  ),
  ...mutantsOf('src/db/sqlite/synchronous.ts', OUTAGES, [
    {
      name: 'database: a constraint is an outage',
      from: " && !cause.code.startsWith('SQLITE_CONSTRAINT')",
      to: '',
    },
    {
      name: 'database: closed is a mistake of ours',
      from: 'return failed || closed ?',
      to: 'return failed ?',
    },
    {
      name: 'database: a lock is an outage at once',
      from: '!isBusy(error) || waitedMs',
      to: 'isBusy(error) || waitedMs',
      tests: ['test/system/faults/database-outage.test.ts'],
    },
  ]),
  ...mutantsOf(
    'src/db/sqlite/open.ts',
    ['test/db/sqlite/open.test.ts'],
    [
      {
        name: 'database: foreign keys are not enforced',
        from: 'foreign_keys = ON',
        to: 'foreign_keys = OFF',
      },
      { name: 'database: others may read the file', from: "'a', 0o600", to: "'a', 0o644" },
      { name: 'database: no write-ahead log', from: 'journal_mode = WAL', to: 'journal_mode = DELETE' },
    ],
  ),
  ...mutantsOf('src/db/sqlite/begin-session.ts', SESSIONS, [
    { name: 'sessions: one more than so many', from: 'account.maxSessions - 1', to: 'account.maxSessions' },
    {
      name: 'sessions: the one seen last goes first',
      from: 'desc(sessions.lastSeenAt), desc',
      to: 'sql`last_seen_at`, desc',
    },
    {
      name: 'sessions: one that is too many is told to no process',
      from: 'for (const other of ended) changes.add(other, at)',
      to: '',
    },
    {
      name: 'sign-in: begins a session though the password was changed meanwhile',
      from: 'user.passwordChangedAt === passwordChangedAt',
      to: 'passwordChangedAt > 0',
      tests: SESSIONS,
    },
    {
      name: 'sign-in: a disabled account begins a session',
      from: 'user !== undefined && user.disabledAt === null && ',
      to: 'user !== undefined && ',
      tests: SESSIONS,
    },
  ]),
  ...mutantsOf('src/db/sqlite/rotations.ts', RECEIPT, [
    {
      name: 'sessions: a rotation brings an ended one back',
      from: "aliveAt('arrived'),\n",
      to: '\n',
      tests: WINS,
    },
    {
      name: 'sessions: a receipt is written into one that has ended',
      from: 'isNull(sessions.confirmedAt), isNull(sessions.revokedAt))',
      to: 'isNull(sessions.confirmedAt))',
    },
    {
      name: 'sessions: a receipt is proved again',
      from: 'isNull(sessions.confirmedAt), ',
      to: '',
    },
    {
      name: 'sessions: a receipt of another generation',
      from: "and(isGeneration('generation'), isNull(sessions.confirmedAt)",
      to: "and(eq(sessions.id, placeholder(sessions.id, 'id')), isNull(sessions.confirmedAt)",
    },
    {
      name: 'sessions: a rotation from any generation',
      from: "isGeneration('from'),",
      to: "eq(sessions.id, placeholder(sessions.id, 'id')),",
      tests: ['test/system/rotation/stale-cache.test.ts'],
    },
    {
      name: 'sessions: rotates what was handed out again meanwhile',
      from: 'or(isNull(sessions.handedAt), isSettled),',
      to: '',
      tests: ['test/system/rotation/stale-cache.test.ts'],
    },
    {
      name: 'sessions: a rotation moves the idle limit back',
      from: "sql`max(${sessions.idleExpiresAt}, ${sql.placeholder('idleExpiresAt')})`",
      to: "sql`${sql.placeholder('idleExpiresAt')}`",
      tests: ['test/system/rotation/limits.test.ts'],
    },
    {
      name: 'sessions: falls back as often as it likes',
      from: 'eq(sessions.fallbacks, 0), ',
      to: '',
      tests: ['test/store/sqlite.test.ts'],
    },
    {
      name: 'sessions: a fall-back keeps the use before it',
      from: 'usedAt: null, fallbacks: 1',
      to: 'fallbacks: 1',
      tests: FALL_BACK,
    },
  ]),
  ...mutantsOf('src/db/sqlite/sessions.ts', WINS, [
    {
      name: 'sessions: an end is told to no process',
      from: '    changes.add(id, at)\n    if (event',
      to: '    if (event',
    },
    {
      name: 'sessions: ended twice',
      from: ', isNull(sessions.revokedAt)))\n    .prepare()',
      to: '))\n    .prepare()',
      tests: ['test/routes/auth/logout.test.ts'],
    },
  ]),
  ...mutantsOf(
    'src/db/sqlite/alive.ts',
    ['test/system/rotation/limits.test.ts'],
    [
      {
        name: 'sessions: alive after the idle limit, in the list',
        from: 'gt(sessions.idleExpiresAt, placeholder(sessions.idleExpiresAt, name)),',
        to: '',
        tests: ['test/routes/me/sessions.test.ts'],
      },
    ],
  ),
  ...mutantsOf(
    'src/protocol/rotation.ts',
    ['test/system/rotation/limits.test.ts'],
    [
      {
        name: 'rotation: an ended session goes on',
        from: "if (state.revokedAt !== null) return 'revoked'",
        to: '',
        tests: WINS,
      },
      {
        name: 'rotation: the hard limit is one millisecond later',
        from: 'arrived >= state.expiresAt',
        to: 'arrived > state.expiresAt',
      },
      {
        name: 'rotation: the idle limit is one millisecond later',
        from: 'arrived >= state.idleExpiresAt',
        to: 'arrived > state.idleExpiresAt',
      },
      {
        name: 'rotation: the grace has no end',
        from: 'arrived < confirmedAt + graceMs',
        to: 'arrived < confirmedAt + 1_000 * graceMs',
        tests: ['test/system/rotation/reuse.test.ts'],
      },
      {
        name: 'rotation: no grace',
        from: 'arrived < confirmedAt + graceMs',
        to: 'arrived < confirmedAt',
        tests: ['test/system/rotation/parallel-requests.test.ts'],
      },
      {
        name: 'rotation: two generations back are reissued',
        from: 'if (presented === generation - 1) {',
        to: 'if (presented >= generation - 2) {',
        tests: ['test/system/rotation/reuse.test.ts'],
      },
      {
        name: 'rotation: an overtaken request is theft',
        from: "if (arrived < rotatedAt) return { kind: 'late' }",
        to: '',
        tests: ['test/system/rotation/request-kinds.test.ts'],
      },
      {
        name: 'rotation: a receipt counts from the rotation alone',
        from: 'Math.max(state.rotatedAt, issuedAt) + settleMs',
        to: 'state.rotatedAt + settleMs',
        tests: RECEIPT,
      },
    ],
  ),
  ...mutantsOf('src/sessions/receipts.ts', RECEIPT, [
    {
      name: 'receipt: one that could not be written is not tried again',
      from: 'cached.receiptProvableFrom = arrived',
      to: 'void arrived',
    },
    {
      name: 'receipt: a bearer proves for a browser',
      from: "carrier === 'cookie' || !cached.principal.session.isByCookie",
      to: 'true || carrier',
      tests: FALL_BACK,
    },
    {
      name: 'receipt: a first use that could not be written is not tried again',
      from: 'cached.isUseDue = true',
      to: 'cached.isUseDue = false',
      tests: FALL_BACK,
    },
  ]),
  ...mutantsOf('src/sessions/authentication.ts', RECEIPT, [
    {
      name: 'receipt: a remembered token proves none',
      from: 'if (receipts.isDue(cached, arrived, carrier)) return undefined',
      to: '',
    },
  ]),
  ...mutantsOf(
    'src/sessions/new-session.ts',
    ['test/system/rotation/refused-refresh.test.ts'],
    [
      {
        name: 'sessions: all have one seed',
        from: 'seed: randomBytes(SEED_BYTES)',
        to: 'seed: Buffer.alloc(SEED_BYTES, 7)',
      },
    ],
  ),
  ...mutantsOf(
    'src/sessions/verdicts.ts',
    ['test/system/rotation/reuse.test.ts'],
    [
      {
        name: 'refresh: reuse is no event',
        from: "store.endSession(session.id, 'reuse', clock.now(), event, mailFor)",
        to: "store.endSession(session.id, 'reuse', clock.now(), undefined, mailFor)",
      },
    ],
  ),
  ...mutantsOf(
    'src/sessions/refresh.ts',
    ['test/system/rotation/reuse.test.ts'],
    [
      {
        name: 'refresh: a wrong MAC is as good as a right one',
        from: "if (!refreshTokens.verify(claim, found.session.seed)) throw new AuthError('TOKEN_INVALID')",
        to: '',
        tests: ['test/system/rotation/refused-refresh.test.ts'],
      },
      {
        name: 'refresh: an outage is met by each request anew',
        from: 'if (error.statusCode === 503) throw error',
        to: 'void error',
        tests: ['test/system/faults/database-outage.test.ts'],
      },
    ],
  ),
]
