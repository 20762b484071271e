import t from 'tap'
import { createPrincipals, type Principal } from '../../src/sessions/principals.ts'
import type { ChangeFeed, SessionChange } from '../../src/store/changes.ts'
import type { Session } from '../../src/store/sessions.ts'
import type { User } from '../../src/store/users.ts'

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
      const told = pending
      pending = []
      return told
    },
  }
  return feed
}

const principal = (sid: string, expiresAt = 1_000): Principal => ({
  userId: 'ada',
  sid,
  role: 'user',
  scope: '',
  generation: 1,
  user: {} as User,
  session: {} as Session,
  expiresAt,
  dueFrom: Number.POSITIVE_INFINITY,
  isUseDue: false,
  receiptProvableFrom: Number.POSITIVE_INFINITY,
})

t.test('what was remembered is found until it expires', async (t) => {
  const principals = createPrincipals(writtenFeed())
  const ada = principal('s1', 1_000)
  principals.remember('token', ada, principals.ticket())
  t.equal(principals.find('token', 999), ada)
  t.equal(principals.find('another', 999), undefined)
  t.equal(principals.find('token', 1_000), undefined)
  t.equal(principals.size, 0, 'what has expired is forgotten')
})

t.test('does not find a token by the end of another token', async (t) => {
  const principals = createPrincipals(writtenFeed())
  const signature = 'x'.repeat(43)
  principals.remember(`header.claims.${signature}`, principal('s1'), principals.ticket())
  t.equal(principals.find(`header.other.${signature}`, 0), undefined)
  t.equal(principals.find(signature, 0), undefined)
  t.ok(principals.find(`header.claims.${signature}`, 0))
})

t.test('asks the feed whether something has changed since a ticket was drawn', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed)
  const ticket = principals.ticket()
  t.equal(principals.isUnchangedSince(ticket), true)
  feed.tell(['s1'])
  t.equal(principals.isUnchangedSince(ticket), false)
  t.equal(principals.isUnchangedSince(principals.ticket()), true)
})

t.test('a change to a session forgets all its tokens, and no other', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed)
  const ticket = principals.ticket()
  principals.remember('a', principal('s1'), ticket)
  principals.remember('b', principal('s1'), ticket)
  principals.remember('c', principal('s2'), ticket)
  feed.tell(['s1', 's3'])
  t.equal(principals.find('a', 0), undefined)
  t.equal(principals.find('b', 0), undefined)
  t.ok(principals.find('c', 0))
  t.equal(principals.size, 1)
})

t.test('a change to an account forgets the tokens of all its sessions, and no other', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed)
  const remember = (token: string, sid: string, userId: string) =>
    principals.remember(token, { ...principal(sid), userId }, principals.ticket())
  remember('a', 's1', 'ada')
  remember('b', 's1', 'ada')
  remember('c', 's2', 'ada')
  remember('d', 's3', 'bo')
  principals.rememberNewest('token', rowOf('s1'), principals.ticket())
  feed.tell(['ada', 'cy'], 'user')
  for (const token of ['a', 'b', 'c']) t.equal(principals.find(token, 0), undefined, token)
  t.ok(principals.find('d', 0))
  t.equal(principals.size, 1)
  t.ok(principals.findNewest('s1', 'token'), 'the row of a session is as it was')

  remember('e', 's1', 'ada')
  feed.tell(['s1'])
  t.equal(principals.find('e', 0), undefined)
  remember('f', 's1', 'ada')
  feed.tell(['ada'], 'user')
  t.equal(principals.find('f', 0), undefined, 'a session that is remembered anew is reached again')
})

t.test('where the feed cannot tell what happened, nothing is remembered', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed)
  principals.remember('a', principal('s1'), principals.ticket())
  principals.remember('b', principal('s2'), principals.ticket())
  feed.tell('everything')
  t.equal(principals.find('a', 0), undefined)
  t.equal(principals.size, 0)
})

t.test('what was read before a change is not found after it', async (t) => {
  for (const changes of [['s1'], 'everything'] as const) {
    for (const heardFirst of [false, true]) {
      const feed = writtenFeed()
      const principals = createPrincipals(feed)
      const ticket = principals.ticket()
      feed.tell(changes === 'everything' ? changes : [...changes])
      if (heardFirst) principals.find('another', 0)
      principals.remember('token', principal('s1'), ticket)
      t.equal(principals.find('token', 0), undefined)
      principals.remember('token', principal('s1'), principals.ticket())
      t.ok(principals.find('token', 0), 'what was read anew is')
    }
  }
})

t.test('a token is remembered as it was first', async (t) => {
  const principals = createPrincipals(writtenFeed())
  const first = principal('s1')
  principals.remember('token', first, principals.ticket())
  principals.remember('token', principal('s1'), principals.ticket())
  t.equal(principals.find('token', 0), first)
})

t.test('remembers so many tokens: the one used least recently goes', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed, 3)
  for (const token of ['a', 'b', 'c', 'd', 'e']) {
    principals.remember(token, principal(`session of ${token}`), principals.ticket())
    t.ok(principals.size <= 3)
  }
  t.equal(principals.find('a', 0), undefined)
  t.equal(principals.find('b', 0), undefined)
  t.ok(principals.find('c', 0))
})

t.test('when one of a session has gone, a change still reaches its others', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed, 2)
  for (const token of ['a', 'b', 'c']) principals.remember(token, principal('s1'), principals.ticket())
  t.ok(principals.find('b', 0))
  feed.tell(['s1'])
  t.equal(principals.find('b', 0), undefined)
  t.equal(principals.find('c', 0), undefined)
  t.equal(principals.size, 0)
})

t.test('of a session, only the newest four tokens are remembered', async (t) => {
  const feed = writtenFeed()
  const principals = createPrincipals(feed)
  principals.remember('of another', principal('s2'), principals.ticket())
  for (const token of ['a', 'b', 'c', 'd', 'e', 'f'])
    principals.remember(token, principal('s1'), principals.ticket())
  t.equal(principals.size, 5)
  t.equal(principals.find('b', 0), undefined)
  t.ok(principals.find('c', 0))
  t.ok(principals.find('of another', 0))
  feed.tell(['s1'])
  t.equal(principals.find('f', 0), undefined)
  t.equal(principals.size, 1)
})

const rowOf = (id: string) => ({ id }) as Session

t.test('the row behind the newest refresh token is found by that token alone', async (t) => {
  const principals = createPrincipals(writtenFeed())
  const [first, second] = [rowOf('s1'), rowOf('s1')]
  t.equal(principals.findNewest('s1', 'token 1'), undefined)
  principals.rememberNewest('token 1', first, principals.ticket())
  t.equal(principals.findNewest('s1', 'token 1'), first)
  t.equal(principals.findNewest('s2', 'token 1'), undefined, 'not for another session')
  t.equal(principals.findNewest('s1', 'token 2'), undefined, 'nor by another token')
  t.equal(principals.findNewest('s1', 'token'), undefined, 'nor by part of it')
  principals.rememberNewest('token 2', second, principals.ticket())
  t.equal(principals.findNewest('s1', 'token 1'), undefined, 'nor by the one before')
  t.equal(principals.findNewest('s1', 'token 2'), second)
})

t.test('and only while the feed vouches for it', async (t) => {
  for (const changes of [['s1'], 'everything'] as const) {
    const feed = writtenFeed()
    const principals = createPrincipals(feed)
    const ticket = principals.ticket()
    principals.rememberNewest('token', rowOf('s1'), ticket)
    feed.tell(changes === 'everything' ? changes : [...changes])
    t.equal(principals.findNewest('s1', 'token'), undefined)
    principals.rememberNewest('token', rowOf('s1'), ticket)
    t.equal(principals.findNewest('s1', 'token'), undefined, 'what was read before the change is not kept')
    principals.rememberNewest('token', rowOf('s1'), principals.ticket())
    t.ok(principals.findNewest('s1', 'token'))
  }
})

t.test('remembers the refresh tokens of so many sessions: the one used least recently goes', async (t) => {
  const principals = createPrincipals(writtenFeed(), 2)
  for (const sid of ['s1', 's2', 's1', 's3'])
    principals.rememberNewest('token', rowOf(sid), principals.ticket())
  t.ok(principals.findNewest('s1', 'token'))
  t.equal(principals.findNewest('s2', 'token'), undefined)
  t.ok(principals.findNewest('s3', 'token'))
})
