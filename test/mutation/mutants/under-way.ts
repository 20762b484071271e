import { mutantsOf } from '../mutant.ts'

const UNDER_WAY = ['test/sessions/recheck.test.ts']
const REUSE = ['test/system/rotation/reuse.test.ts']
const GUESSING = ['test/credentials/throttle.test.ts']
const OWNER = ['test/credentials/device-cookies.test.ts']
const REFUSALS = ['test/audit/events.test.ts']
const ROLES = ['test/plugins/roles.test.ts']
const FEED = ['test/db/sqlite/changes.test.ts']

export const underWay = [
  ...mutantsOf('src/sessions/sessions.ts', UNDER_WAY, [
    {
      name: 'under way: a session is issued from the account as it was proved',
      from: 'issuances.issue({ session, user: begun.user }, feedVersion,',
      to: 'issuances.issue({ session, user }, feedVersion,',
    },
  ]),
  ...mutantsOf('src/sessions/refresh.ts', REUSE, [
    {
      name: 'sign-out: believes a refresh token whatever its MAC',
      from: '!refreshTokens.verify(claim, found.session.seed))\n        return null',
      to: 'found.session.generation === 0)\n        return null',
      tests: ['test/system/rotation/refused-refresh.test.ts'],
    },
    {
      name: 'refresh tokens that are shown: reuse is no alarm',
      from: "if (verdict.kind !== 'reuse') return toSessionInfo(session)\n",
      to: 'return toSessionInfo(session)\n',
    },
    {
      name: 'refresh tokens that are shown: judged by the end of the request',
      from: 'const verdict = decide(session, generation, request.arrived, options)',
      to: 'const verdict = decide(session, generation, clock.now(), options)',
    },
    {
      name: 'refresh tokens that are shown: a client that has gone is an outage',
      from: "if (error.code === 'REFRESH_LATE') return toSessionInfo(session)",
      to: '',
    },
  ]),
  ...mutantsOf('src/db/sqlite/standing.ts', UNDER_WAY, [
    {
      name: 'under way: a session that has ended changes the password',
      from: 'isAlive(sid, user, at),\n',
      to: 'user.disabledAt === null,\n',
    },
    {
      name: 'under way: an administrator whose session has ended',
      from: 'actor === undefined || !isAlive(sid, actor, at)',
      to: 'actor === undefined',
    },
    {
      name: 'under way: an administrator who has to choose a new password',
      from: "if (actor.passwordChangeRequiredAt !== null) return 'password-change-required'",
      to: '',
    },
    {
      name: 'under way: an administrator who was demoted',
      from: 'roles.every((role) => reaches(actor.role, role))',
      to: 'roles.length > 0',
    },
    {
      name: 'under way: of two new passwords, the last to be stored stays',
      from: 'user !== undefined && user.passwordChangedAt === passwordChangedAt && ',
      to: 'user !== undefined && passwordChangedAt > 0 && ',
    },
  ]),
  ...mutantsOf('src/access/authority.ts', UNDER_WAY, [
    {
      name: 'under way: an actor without the permission any more',
      from: 'roles.permits(role, permission) && ',
      to: '',
    },
    {
      name: 'administration: a role reaches any account',
      from: ' && roles.reaches(role, other)',
      to: " && other !== ''",
      tests: ROLES,
    },
  ]),
  ...mutantsOf('src/db/sqlite/accounts.ts', UNDER_WAY, [
    {
      name: 'under way: a hash of a disabled account is renewed',
      from: '        isNull(users.disabledAt),\n',
      to: '',
    },
    {
      name: 'under way: two new passwords of one millisecond',
      from: 'Math.max(at, before.passwordChangedAt + 1)',
      to: 'at',
    },
    {
      name: 'under way: an account is deleted by a session that has ended',
      from: "if (by && !standing.isOwner(user, by, at)) return 'session-ended'",
      to: '',
    },
    {
      name: 'change feed: the same name again is a change',
      from: ' || before.name === name) return',
      to: ') return',
      tests: FEED,
    },
    {
      name: 'change feed: a new name is told to no process',
      from: 'update(id, { name })\n        changes.addUser(id, at)',
      to: 'update(id, { name })',
      tests: FEED,
    },
  ]),
  ...mutantsOf('src/db/sqlite/throttles.ts', GUESSING, [
    {
      name: 'throttle: failures that are sent at once after the count has faded are one',
      from: "eq(loginThrottles.lastFailedAt, placeholder(loginThrottles.lastFailedAt, 'failedBefore')),",
      to: '',
    },
  ]),
  ...mutantsOf('src/credentials/throttle.ts', GUESSING, [
    {
      name: 'throttle: the count does not fade',
      from: 'throttle === undefined || now >= throttle.lastFailedAt + FADED_AFTER_MS ? 1',
      to: 'throttle === undefined ? 1',
    },
    {
      name: 'throttle: after a hundred failures four attempts an hour',
      from: 'const CLOSED_MS = DAY_MS',
      to: 'const CLOSED_MS = MAX_PAUSE_MS',
    },
  ]),
  ...mutantsOf('src/sign-in/sign-in.ts', OWNER, [
    {
      name: 'token endpoint: a refresh token makes no client known',
      from: 'cookies?.refresh ?? refreshToken',
      to: 'cookies?.refresh',
    },
  ]),
  ...mutantsOf('src/audit/refusal-events.ts', REFUSALS, [
    {
      name: 'refusal events: a failed sign-in is logged once a minute',
      from: 'if (isLogged) events.announce(type, details)',
      to: '',
    },
    {
      name: 'refusal events: a failed sign-in is counted twice',
      from: 'isLogged ? events.keep(type, shown) : ',
      to: '',
    },
  ]),
  ...mutantsOf('src/db/sqlite/sessions.ts', ROLES, [
    {
      name: 'administration: sessions of a higher role are ended',
      from: 'user === undefined ? [] : [user.role]',
      to: '[]',
    },
  ]),
]
