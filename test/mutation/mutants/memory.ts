import { mutantsOf } from '../mutant.ts'

const FEED = ['test/db/sqlite/changes.test.ts']
const REMEMBERED = ['test/sessions/principal-cache.test.ts']

const RESTORED = ['test/system/faults/database-restored.test.ts']

export const memory = [
  ...mutantsOf('src/db/sqlite/changes.ts', FEED, [
    {
      name: 'change feed: what was pruned or taken back is not noticed',
      from: 'first?.seq === seen.seq && first.mark === seen.mark',
      to: 'true',
    },
    {
      name: 'change feed: a number that was given out again is taken for the first one',
      from: ' && first.mark === seen.mark',
      to: '',
      tests: RESTORED,
    },
    {
      name: 'change feed: sessions that a restored database does not know are remembered',
      from: 'version !== seenVersion && auditTail.hasGoneBack()',
      to: 'false',
      tests: RESTORED,
    },
    {
      name: 'change feed: a change here waits for the next turn',
      from: 'if (hasReadInTurn && !changedHere) return NO_CHANGES',
      to: 'if (hasReadInTurn) return NO_CHANGES',
    },
    {
      name: 'change feed: asked once and never again',
      from: 'setImmediate(onTurnEnd)',
      to: 'void onTurnEnd',
    },
    {
      name: 'change feed: other processes are not heard',
      from: 'if (version === seenVersion && !changedHere) return NO_CHANGES',
      to: 'if (!changedHere) return NO_CHANGES',
    },
    {
      name: 'change feed: a change is told twice',
      from: 'seen = fresh.at(-1) ?? seen',
      to: 'seen = fresh.at(0) ?? seen',
    },
  ]),
  ...mutantsOf('src/db/sqlite/audit-tail.ts', RESTORED, [
    {
      name: 'change feed: events of this process are not seen',
      from: 'seen = { id, mark: markOf(event) }',
      to: '',
    },
  ]),
  ...mutantsOf('src/db/sqlite/database-file.ts', RESTORED, [
    {
      name: 'database file: another file at the path is taken for the first one',
      from: 'found?.dev === opened.dev && found.ino === opened.ino',
      to: 'found !== undefined',
    },
    {
      name: 'database file: a file that is gone is not missed',
      from: 'found?.dev === opened.dev && found.ino === opened.ino',
      to: 'found === undefined || found.ino === opened.ino',
    },
  ]),
  ...mutantsOf('src/db/sqlite/upkeep-thread.ts', RESTORED, [
    {
      name: 'upkeep: opens another file than the service',
      from: 'if (fault !== undefined) throw fault',
      to: '',
    },
  ]),
  ...mutantsOf('src/sessions/principal-cache.ts', REMEMBERED, [
    {
      name: 'remembered tokens: found by the end of a token',
      from: 'found === undefined || found.token !== token',
      to: 'found === undefined',
    },
    {
      name: 'remembered tokens: good after their end',
      from: 'if (arrived < cached.principal.expiresAt) return cached',
      to: 'if (arrived < cached.principal.expiresAt + 1) return cached',
    },
    {
      name: 'remembered tokens: remembered by what was read before a change',
      from: 'if (feedVersion !== changesSeen || remembered.has(key)) return',
      to: 'if (remembered.has(key)) return',
    },
    {
      name: 'remembered tokens: kept when everything may have changed',
      from: '    remembered.clear()\n',
      to: '',
    },
    {
      name: 'remembered tokens: kept when their session has changed',
      from: 'for (const sid of sids) forgetTokens(sid)',
      to: "for (const sid of of === 'user' ? sids : []) forgetTokens(sid)",
    },
    {
      name: 'remembered tokens: kept when their account has changed',
      from: "of === 'user' ? (sidsOf.get(id) ?? []) : [id]",
      to: "of === 'user' ? [] : [id]",
    },
    {
      name: 'remembered tokens: only the last session of an account is forgotten',
      from: 'addTo(sidsOf, userId, sid)',
      to: 'sidsOf.set(userId, [sid])',
    },
    {
      name: 'remembered tokens: a change is not asked for while a request is under way',
      from: 'follow()\n      return feedVersion === changesSeen',
      to: 'return feedVersion === changesSeen',
    },
    {
      name: 'remembered tokens: any number of one session',
      from: 'keys.length > MAX_TOKENS_PER_SESSION',
      to: 'keys.length > 100 * MAX_TOKENS_PER_SESSION',
    },
  ]),
  ...mutantsOf(
    'src/sessions/refresh-token-cache.ts',
    ['test/system/rotation/refused-refresh.test.ts'],
    [
      {
        name: 'remembered refresh tokens: any token of a session is its newest',
        from: 'return same ? newest.session : undefined',
        to: 'return same || presented.length > 0 ? newest.session : undefined',
      },
    ],
  ),
  ...mutantsOf(
    'src/cache.ts',
    ['test/sessions/principal-cache.test.ts'],
    [{ name: 'caches: more than the capacity', from: 'maxSize: capacity', to: 'maxSize: 100 * capacity' }],
  ),
]
