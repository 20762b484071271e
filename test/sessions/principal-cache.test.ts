import t from 'tap'
import { createPrincipal } from '../../src/sessions/principal.ts'
import { type CachedPrincipal, createPrincipalCache } from '../../src/sessions/principal-cache.ts'
import { toAccount } from '../../src/store/account.ts'
import type { ChangeFeed, SessionChange } from '../../src/store/changes.ts'
import { toSessionInfo } from '../../src/store/session-info.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'

/** A feed whose next answer is written down beforehand. */
function writtenFeed() {
  let pending: SessionChange[] | 'everything' = []
  const feed: ChangeFeed & {
    /** @param changes the ids of sessions, or of accounts */
    tell(changes: string[] | 'everything', of?: SessionChange['of']): void
  } = {
    tell(changes, of = 'session') {
      pending = changes === 'everything' ? changes : changes.map((id) => ({ of, id }))
    },
    changedSessions() {
      const reported = pending
      pending = []
      return reported
    },
  }
  return feed
}

const cachedPrincipal = (sid: string, userId = 'ada'): CachedPrincipal => ({
  principal: createPrincipal(
    toAccount(someUser({ id: userId })),
    toSessionInfo(someSession(userId, { id: sid })),
    { scope: '', generation: 1, expiresAt: 1_000 },
  ),
  dueFrom: Number.POSITIVE_INFINITY,
  isUseDue: false,
  receiptProvableFrom: Number.POSITIVE_INFINITY,
})

t.test('finds a cached token until it expires', async (t) => {
  const cache = createPrincipalCache(writtenFeed())
  const ada = cachedPrincipal('s1')
  cache.remember('token', ada, cache.feedVersion())
  t.equal(cache.find('token', 999), ada)
  t.equal(cache.find('another', 999), undefined)
  t.equal(cache.find('token', 1_000), undefined)
  t.equal(cache.size, 0, 'what has expired is forgotten')
})

t.test('does not find a token by the end of another token', async (t) => {
  const cache = createPrincipalCache(writtenFeed())
  const signature = 'x'.repeat(43)
  cache.remember(`header.claims.${signature}`, cachedPrincipal('s1'), cache.feedVersion())
  t.equal(cache.find(`header.other.${signature}`, 0), undefined)
  t.equal(cache.find(signature, 0), undefined)
  t.ok(cache.find(`header.claims.${signature}`, 0))
})

t.test('asks the feed for changes since its last version', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed)
  const feedVersion = cache.feedVersion()
  t.equal(cache.isUnchangedSince(feedVersion), true)
  feed.tell(['s1'])
  t.equal(cache.isUnchangedSince(feedVersion), false)
  t.equal(cache.isUnchangedSince(cache.feedVersion()), true)
})

t.test('finds nothing while the feed says everything at each call, and takes nothing over', async (t) => {
  const cache = createPrincipalCache({ changedSessions: () => 'everything' })
  const feedVersion = cache.feedVersion()
  cache.remember('token', cachedPrincipal('s1'), feedVersion)
  t.equal(cache.isUnchangedSince(feedVersion), false)
  t.equal(cache.find('token', 0), undefined)
  cache.remember('token', cachedPrincipal('s1'), cache.feedVersion())
  cache.rememberRefreshToken('refresh', someSession('ada', { id: 's1' }), cache.feedVersion())
  t.equal(cache.find('token', 0), undefined)
  t.equal(cache.findRefreshToken('s1', 'refresh'), undefined)
})

t.test('a change to a session drops all its tokens, and no other', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed)
  const feedVersion = cache.feedVersion()
  cache.remember('a', cachedPrincipal('s1'), feedVersion)
  cache.remember('b', cachedPrincipal('s1'), feedVersion)
  cache.remember('c', cachedPrincipal('s2'), feedVersion)
  feed.tell(['s1', 's3'])
  t.equal(cache.find('a', 0), undefined)
  t.equal(cache.find('b', 0), undefined)
  t.ok(cache.find('c', 0))
  t.equal(cache.size, 1)
})

t.test('a change to an account drops the tokens of all its sessions, and no other', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed)
  const remember = (token: string, sid: string, userId: string) =>
    cache.remember(token, cachedPrincipal(sid, userId), cache.feedVersion())
  remember('a', 's1', 'ada')
  remember('b', 's1', 'ada')
  remember('c', 's2', 'ada')
  remember('d', 's3', 'bo')
  cache.rememberRefreshToken('token', rowOf('s1'), cache.feedVersion())
  feed.tell(['ada', 'cy'], 'user')
  for (const token of ['a', 'b', 'c']) t.equal(cache.find(token, 0), undefined, token)
  t.ok(cache.find('d', 0))
  t.equal(cache.size, 1)
  t.ok(cache.findRefreshToken('s1', 'token'), 'the row of a session is as it was')

  remember('e', 's1', 'ada')
  feed.tell(['s1'])
  t.equal(cache.find('e', 0), undefined)
  remember('f', 's1', 'ada')
  feed.tell(['ada'], 'user')
  t.equal(cache.find('f', 0), undefined, 'a session that is remembered anew is reached again')
})

t.test('caches nothing while the feed cannot tell what changed', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed)
  cache.remember('a', cachedPrincipal('s1'), cache.feedVersion())
  cache.remember('b', cachedPrincipal('s2'), cache.feedVersion())
  feed.tell('everything')
  t.equal(cache.find('a', 0), undefined)
  t.equal(cache.size, 0)
})

t.test('drops rows that were read before a change', async (t) => {
  for (const changes of [['s1'], 'everything'] as const) {
    for (const heardFirst of [false, true]) {
      const feed = writtenFeed()
      const cache = createPrincipalCache(feed)
      const feedVersion = cache.feedVersion()
      feed.tell(changes === 'everything' ? changes : [...changes])
      if (heardFirst) cache.find('another', 0)
      cache.remember('token', cachedPrincipal('s1'), feedVersion)
      t.equal(cache.find('token', 0), undefined)
      cache.remember('token', cachedPrincipal('s1'), cache.feedVersion())
      t.ok(cache.find('token', 0), 'what was read anew is')
    }
  }
})

t.test('keeps the first entry of a token', async (t) => {
  const cache = createPrincipalCache(writtenFeed())
  const first = cachedPrincipal('s1')
  cache.remember('token', first, cache.feedVersion())
  cache.remember('token', cachedPrincipal('s1'), cache.feedVersion())
  t.equal(cache.find('token', 0), first)
})

t.test('drops the token that was used least recently when the cache is full', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed, 3)
  for (const token of ['a', 'b', 'c', 'd', 'e']) {
    cache.remember(token, cachedPrincipal(`session of ${token}`), cache.feedVersion())
    t.ok(cache.size <= 3)
  }
  t.equal(cache.find('a', 0), undefined)
  t.equal(cache.find('b', 0), undefined)
  t.ok(cache.find('c', 0))
})

t.test('a change reaches the other tokens of a session after one was dropped', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed, 2)
  for (const token of ['a', 'b', 'c']) cache.remember(token, cachedPrincipal('s1'), cache.feedVersion())
  t.ok(cache.find('b', 0))
  feed.tell(['s1'])
  t.equal(cache.find('b', 0), undefined)
  t.equal(cache.find('c', 0), undefined)
  t.equal(cache.size, 0)
})

t.test('keeps the newest four tokens of a session', async (t) => {
  const feed = writtenFeed()
  const cache = createPrincipalCache(feed)
  cache.remember('of another', cachedPrincipal('s2'), cache.feedVersion())
  for (const token of ['a', 'b', 'c', 'd', 'e', 'f'])
    cache.remember(token, cachedPrincipal('s1'), cache.feedVersion())
  t.equal(cache.size, 5)
  t.equal(cache.find('b', 0), undefined)
  t.ok(cache.find('c', 0))
  t.ok(cache.find('of another', 0))
  feed.tell(['s1'])
  t.equal(cache.find('f', 0), undefined)
  t.equal(cache.size, 1)
})

const rowOf = (id: string) => ({ id }) as SessionRow

t.test('finds the row behind the newest refresh token by that token alone', async (t) => {
  const cache = createPrincipalCache(writtenFeed())
  const [first, second] = [rowOf('s1'), rowOf('s1')]
  t.equal(cache.findRefreshToken('s1', 'token 1'), undefined)
  cache.rememberRefreshToken('token 1', first, cache.feedVersion())
  t.equal(cache.findRefreshToken('s1', 'token 1'), first)
  t.equal(cache.findRefreshToken('s2', 'token 1'), undefined, 'not for another session')
  t.equal(cache.findRefreshToken('s1', 'token 2'), undefined, 'nor by another token')
  t.equal(cache.findRefreshToken('s1', 'token'), undefined, 'nor by part of it')
  cache.rememberRefreshToken('token 2', second, cache.feedVersion())
  t.equal(cache.findRefreshToken('s1', 'token 1'), undefined, 'nor by the one before')
  t.equal(cache.findRefreshToken('s1', 'token 2'), second)
})

t.test('finds no refresh token while the feed cannot vouch for it', async (t) => {
  for (const changes of [['s1'], 'everything'] as const) {
    const feed = writtenFeed()
    const cache = createPrincipalCache(feed)
    const feedVersion = cache.feedVersion()
    cache.rememberRefreshToken('token', rowOf('s1'), feedVersion)
    feed.tell(changes === 'everything' ? changes : [...changes])
    t.equal(cache.findRefreshToken('s1', 'token'), undefined)
    cache.rememberRefreshToken('token', rowOf('s1'), feedVersion)
    t.equal(cache.findRefreshToken('s1', 'token'), undefined, 'what was read before the change is not kept')
    cache.rememberRefreshToken('token', rowOf('s1'), cache.feedVersion())
    t.ok(cache.findRefreshToken('s1', 'token'))
  }
})

t.test('drops the session that was used least recently when the refresh-token cache is full', async (t) => {
  const cache = createPrincipalCache(writtenFeed(), 2)
  for (const sid of ['s1', 's2', 's1', 's3'])
    cache.rememberRefreshToken('token', rowOf(sid), cache.feedVersion())
  t.ok(cache.findRefreshToken('s1', 'token'))
  t.equal(cache.findRefreshToken('s2', 'token'), undefined)
  t.ok(cache.findRefreshToken('s3', 'token'))
})
