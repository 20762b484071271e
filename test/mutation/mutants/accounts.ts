import { mutantsOf } from '../mutant.ts'

const PROOF = ['test/credentials/proof.test.ts']
const GUESSING = ['test/credentials/throttle.test.ts']
const NEW_PASSWORD = ['test/routes/me/password.test.ts']
const ADMINISTRATION = ['test/routes/admin/users.test.ts']
const LAST = ['test/accounts/last-administrator.test.ts']
const NEW_SESSION = ['test/system/rotation/new-password.test.ts']
const OVERTAKEN = ['test/system/rotation/new-cookies.test.ts']
const LISTED = ['test/routes/me/sessions.test.ts']

export const accounts = [
  ...mutantsOf(
    'src/credentials/throttle.ts',
    ['test/credentials/throttle.test.ts'],
    [
      {
        name: 'throttle: the tenth failure is free',
        from: 'if (failures < FREE_FAILURES)',
        to: 'if (failures <= FREE_FAILURES)',
      },
      { name: 'throttle: pauses do not grow', from: '2 ** (failures - FREE_FAILURES)', to: '2' },
      {
        name: 'throttle: pauses grow for ever',
        from: 'MAX_PAUSE_MS = 15 * 60_000',
        to: 'MAX_PAUSE_MS = 15 * 600_000',
      },
      {
        name: 'throttle: an attempt is paused that a later clock has counted',
        from: 'throttle === undefined || pause === 0 ||',
        to: 'throttle === undefined ||',
      },
      {
        name: 'throttle: addresses are kept as they were typed',
        from: "createHash('sha256').update(emailKey).digest()",
        to: 'Buffer.from(emailKey)',
      },
      {
        name: 'throttle: the hundredth failure is not the last',
        from: 'throttle.failures >= MAX_FAILURES',
        to: 'throttle.failures > MAX_FAILURES',
      },
      {
        name: 'throttle: a known browser has twenty failures of its own',
        from: 'MAX_FAILURES_OF_KNOWN_BROWSER = 10',
        to: 'MAX_FAILURES_OF_KNOWN_BROWSER = 20',
        tests: ['test/credentials/device-cookies.test.ts'],
      },
      {
        name: 'throttle: addresses without an account are kept as long as others',
        from: 'exists ? FADED_AFTER_MS : UNKNOWN_ADDRESS_KEPT_MS',
        to: 'FADED_AFTER_MS',
        tests: GUESSING,
      },
    ],
  ),
  ...mutantsOf('src/credentials/proof.ts', PROOF, [
    {
      name: 'proof: any sign-in is fresh',
      from: 'session.authenticatedAt < FRESH_MS',
      to: 'session.authenticatedAt < 1_000 * FRESH_MS',
    },
    {
      name: 'proof: fresh for a millisecond longer',
      from: 'session.authenticatedAt < FRESH_MS',
      to: 'session.authenticatedAt <= FRESH_MS',
    },
    {
      name: 'proof: a wrong password is enough',
      from: "if (counted === null) throw new AuthError('PASSWORD_INCORRECT')",
      to: 'if (counted === null) return',
    },
    {
      name: 'proof: a disabled account signs in',
      from: 'disabledAt === null && (emailConfirmedAt',
      to: '(emailConfirmedAt',
      tests: ['test/routes/auth/login-failures.test.ts'],
    },
    {
      name: 'proof: failures are not recorded',
      from: 'await failures.record(REFUSED_AS[admission], key, { userId: user?.id, client })',
      to: '',
      tests: ['test/routes/auth/login-failures.test.ts'],
    },
    {
      name: 'proof: a paused account is asked',
      from: "if (admission !== 'open') return admission",
      to: "if (admission === 'closed') return admission",
      tests: GUESSING,
    },
    {
      name: 'proof: a success leaves the failures before it',
      from: 'known === undefined ? [others.key] : [others.key, known.key]',
      to: 'known === undefined ? [] : [known.key]',
      tests: GUESSING,
    },
  ]),
  ...mutantsOf('src/accounts/accounts.ts', NEW_PASSWORD, [
    {
      name: 'accounts: an address that is taken',
      from: "if (!(await store.createUser(row, linkFor?.(toAccount(row))))) throw new AuthError('ACCOUNT_EXISTS')",
      to: 'await store.createUser(row)',
      tests: ['test/routes/auth/register.test.ts'],
    },
    {
      name: 'accounts: deleting one needs no proof',
      from: 'await proof.ofOwner(await rowOf(user), password, session, client)',
      to: '',
      tests: PROOF,
    },
  ]),
  ...mutantsOf(
    'src/sign-in/sign-in.ts',
    ['test/routes/auth/login.test.ts'],
    [
      {
        name: 'sign-in: the session before goes on',
        from: 'if (cookies?.refresh) await endReplaced(cookies.refresh, options)',
        to: '',
      },
      {
        name: 'sign-in: registration when it is closed',
        from: "if (!registrationOpen) throw new AuthError('REGISTRATION_CLOSED')",
        to: '',
        tests: ['test/routes/auth/register.test.ts'],
      },
      {
        name: 'sign-in: a session that has ended makes a browser known',
        from: 'if (named !== null && endReason(named, arrived) === null) return named',
        to: 'if (named !== null) return named',
        tests: ['test/credentials/device-cookies.test.ts'],
      },
      {
        name: 'sign-in: a session of another account makes a browser known',
        from: 'session?.userId === userId ? sessionCounter(session) : undefined',
        to: 'session ? sessionCounter(session) : undefined',
        tests: ['test/credentials/device-cookies.test.ts'],
      },
    ],
  ),
  ...mutantsOf('src/accounts/administration.ts', ADMINISTRATION, [
    {
      name: 'administration: any role',
      from: 'role !== undefined && !roles.isRole(role)',
      to: "role === ''",
    },
    {
      name: 'administration: a search goes on for a client that has gone',
      from: 'if (signal?.aborted) return',
      to: 'if (found.length > limit) return',
    },
    {
      name: 'administration: unlocking names no actor',
      from: "events.record('unlocked', { userId, actorId: by?.userId,",
      to: "events.record('unlocked', { userId, actorId: undefined,",
    },
    {
      name: 'administration: a change of role is no event',
      from: 'if (before.role !== after.role) yield',
      to: 'if (before.id !== after.id) yield',
      tests: ['test/routes/admin/events.test.ts'],
    },
  ]),
  ...mutantsOf('src/db/access-change.ts', LAST, [
    {
      name: 'last administrator: a disabled one counts',
      from: 'role === ADMINISTRATOR_ROLE && disabledAt === null',
      to: 'role === ADMINISTRATOR_ROLE',
    },
    {
      name: 'administration: disabling again moves the time',
      from: 'is ? (was ?? at) : null',
      to: 'is ? at : null',
      tests: ADMINISTRATION,
    },
    {
      name: 'accounts: a higher role is changed',
      from: '[user?.role, role].filter',
      to: '[role].filter',
      tests: ['test/plugins/roles.test.ts'],
    },
    {
      name: 'accounts: a higher role is given',
      from: '[user?.role, role].filter',
      to: '[user?.role].filter',
      tests: ['test/plugins/roles.test.ts'],
    },
  ]),
  ...mutantsOf('src/db/sqlite/administrators.ts', LAST, [
    {
      name: 'last administrator: another one that is disabled is enough',
      from: 'and(administrator, ne(',
      to: "and(sql`role = 'admin'`, ne(",
    },
    {
      name: 'last administrator: the account itself is another',
      from: ", ne(users.id, placeholder(users.id, 'id'))",
      to: '',
      tests: LAST,
    },
    {
      name: 'administrators: a disabled one is counted at the start',
      from: '.where(administrator)',
      to: ".where(sql`role = 'admin'`)",
      tests: ['test/store/sqlite.test.ts'],
    },
  ]),
  ...mutantsOf('src/db/sqlite/accounts.ts', LAST, [
    {
      name: 'last administrator: may be demoted',
      from: 'if (!isAdministrator(after) && isLastAdministrator(before))',
      to: 'if (after.id !== before.id && isLastAdministrator(before))',
    },
    {
      name: 'last administrator: may be deleted',
      from: "if (user !== undefined && isLastAdministrator(user)) return 'last-administrator'",
      to: '',
    },
    {
      name: 'last administrator: may be deleted by another account',
      from: "if (isLastAdministrator(user)) return { kind: 'last-administrator' }",
      to: '',
      tests: ['test/store/sqlite.test.ts'],
    },
    {
      name: 'accounts: the session that changed the password knows the old hash',
      from: 'if (by) changes.add(by.sid, at)',
      to: '',
      tests: NEW_PASSWORD,
    },
    {
      name: 'new password: the session that asks goes on beside its successor',
      from: 'db.update(sessions).set(ending).where(eq(sessions.id, sid)).run()',
      to: 'if (!ending) throw sid',
      tests: NEW_SESSION,
    },
    {
      name: 'new password: failures of strangers are not forgotten',
      from: 'for (const key of by?.clearFailures ?? []) clearFailures(key)',
      to: '',
      tests: ['test/credentials/throttle.test.ts'],
    },
    {
      name: 'accounts: a change of role is told to no process',
      from: 'else changes.addUser(id, at)\n',
      to: '\n',
      tests: ['test/db/sqlite/changes.test.ts'],
    },
    {
      name: 'accounts: disabling ends no session',
      from: "if (disabledAt !== null) endSessionsOfUser(id, 'disabled', at, null)",
      to: 'if (disabledAt === 0) return { kind: "unknown" }',
      tests: ADMINISTRATION,
    },
  ]),
  ...mutantsOf('src/sessions/ended.ts', OVERTAKEN, [
    {
      name: 'ended sessions: a sign-in that replaced one',
      from: "['signed-in-again', 'replaced']",
      to: "['replaced']",
    },
    {
      name: 'ended sessions: a new password that replaced one',
      from: "['signed-in-again', 'replaced']",
      to: "['signed-in-again']",
      tests: NEW_SESSION,
    },
    {
      name: 'ended sessions: an access token reads after any end',
      from: "revokedAt === null || revokedReason !== 'replaced'",
      to: 'revokedAt === null',
      tests: ['test/system/rotation/sign-out.test.ts'],
    },
    {
      name: 'ended sessions: a copied access token reads on',
      from: 'Math.abs(arrived - revokedAt) < graceMs',
      to: 'Math.abs(arrived - revokedAt) < 10 * graceMs',
      tests: NEW_SESSION,
    },
    {
      name: 'ended sessions: a clock that is put back lets a copy read on',
      from: 'Math.abs(arrived - revokedAt) < graceMs',
      to: 'arrived - revokedAt < graceMs',
      tests: NEW_SESSION,
    },
    {
      name: 'ended sessions: a request that was sent before the end',
      from: ' || arrived < session.revokedAt',
      to: '',
      tests: ['test/system/rotation/arrival.test.ts'],
    },
  ]),
  ...mutantsOf('src/sessions/new-session.ts', NEW_SESSION, [
    {
      name: 'new password: a successor is a new sign-in',
      from: '  userId,\n  authenticatedAt,',
      to: '  userId,\n  authenticatedAt: authenticatedAt + now,',
    },
    {
      name: 'new password: a clock that is behind moves the idle limit back',
      from: 'Math.max(idleExpiresAt, idleLimit)',
      to: 'Math.min(idleExpiresAt, idleLimit)',
    },
  ]),
  ...mutantsOf('src/sessions/sessions.ts', NEW_SESSION, [
    {
      name: 'new password: a successor has the seed of the session before',
      from: 'const session = successorOf(replaced, { now, idleLimit, client })',
      to: `const before = await store.findSession(replaced.id)
      const seed = before?.session.seed as Buffer
      const session = { ...successorOf(replaced, { now, idleLimit, client }), seed }`,
    },
  ]),
  ...mutantsOf('src/sessions/authentication.ts', NEW_SESSION, [
    {
      name: 'new password: a copied access token changes something',
      from: 'isReading && mayStillRead(',
      to: 'mayStillRead(',
    },
    {
      name: 'new password: an access token that may only read is remembered',
      from: 'if (!isReplaced) principalCache.remember(',
      to: 'principalCache.remember(',
    },
  ]),
  ...mutantsOf(
    'src/accounts/administration.ts',
    ['test/routes/admin/users.test.ts'],
    [
      {
        name: 'deletion: an administrator deletes the own account without the password',
        from: 'if (userId === by?.userId)',
        to: 'if (false)',
      },
      {
        name: 'deletion: failed sign-ins stay with the address',
        from: 'await proof.forgetFailures(outcome.user.emailKey)',
        to: '',
      },
    ],
  ),
  ...mutantsOf('src/sessions/endings.ts', LISTED, [
    {
      name: 'sessions: of another account can be ended',
      from: "if (own === undefined) throw new AuthError('NOT_FOUND')\n    await end(own,",
      to: 'await end(own ?? { id: sid, userId },',
    },
    {
      name: 'sessions: all others, and this one',
      from: 'reason, clock.now(), keepSid)',
      to: 'reason, clock.now(), null)',
    },
  ]),
]
