import fc from 'fast-check'
import t from 'tap'
import { type Answer, createStanding, type TokenFacts } from '../../src/verifier/standing.ts'
import { movableClock } from '../support/clock.ts'

const MINUTE = 60

const tokenAt = (now: number, change: Partial<TokenFacts> = {}): TokenFacts => ({
  sid: 'session',
  userId: 'user',
  issuedAt: now,
  expiresAt: now + 900_000,
  ...change,
})

function standingOf(fail: 'open' | 'closed', maxMarks?: number) {
  const clock = movableClock()
  const standing = createStanding(fail, clock, maxMarks)
  const answer = (active: boolean): Answer => ({
    active,
    heard: standing.heard,
    answeredAt: clock.monotonic(),
  })
  return { clock, standing, answer }
}

t.test('trusts a token while the stream is up and tells of no change', async (t) => {
  const { clock, standing } = standingOf('closed')
  standing.setState('up')
  t.equal(standing.judge(tokenAt(clock.now()), undefined), 'trusted')
})

for (const change of [{ of: 'session', id: 'session' }, { of: 'user', id: 'user' }, 'everything'] as const) {
  t.test(`suspects a token after ${JSON.stringify(change)} until the issuer calls it active`, async (t) => {
    const { clock, standing, answer } = standingOf('closed')
    standing.setState('up')
    const token = tokenAt(clock.now())
    const before = answer(true)
    standing.hear(change)
    t.equal(standing.judge(token, undefined), 'suspect')
    t.equal(standing.judge(token, before), 'suspect', 'an older answer does not count')
    t.equal(standing.judge(token, answer(true)), 'trusted')
    t.equal(standing.judge(token, answer(false)), 'ended')
    clock.advance(10 * MINUTE)
    const answered = answer(true)
    standing.hear(change)
    t.equal(standing.judge(token, answered), 'suspect', 'until the next change')
  })
}

t.test('does not suspect the tokens of other sessions and accounts', async (t) => {
  const { clock, standing } = standingOf('closed')
  standing.setState('up')
  standing.hear({ of: 'session', id: 'other' })
  standing.hear({ of: 'user', id: 'session' })
  standing.hear({ of: 'session', id: 'user' })
  t.equal(standing.judge(tokenAt(clock.now()), undefined), 'trusted')
})

t.test('trusts tokens that were issued after a change, but not those from the future', async (t) => {
  const { clock, standing } = standingOf('closed')
  standing.setState('up')
  standing.hear('everything')
  clock.advance(MINUTE)
  t.equal(standing.judge(tokenAt(clock.now()), undefined), 'trusted')
  t.equal(standing.judge(tokenAt(clock.now() - 51_000), undefined), 'suspect', 'within the skew of clocks')
  t.equal(standing.judge(tokenAt(clock.now() + 9_000), undefined), 'trusted')
  t.equal(standing.judge(tokenAt(clock.now() + 11_000), undefined), 'suspect')
})

t.test('fails open: accepts all but what it has heard of, while the stream is down', async (t) => {
  const { clock, standing, answer } = standingOf('open')
  const token = tokenAt(clock.now())
  t.equal(standing.judge(token, undefined), 'trusted', 'before the stream was up')
  standing.setState('up')
  standing.hear({ of: 'session', id: 'session' })
  standing.setState('down')
  t.equal(standing.judge(token, undefined), 'suspect')
  t.equal(standing.judge(token, answer(false)), 'ended')
  t.equal(standing.judge(tokenAt(clock.now(), { sid: 'other' }), undefined), 'trusted')
})

t.test('fails closed: an answer counts for a second, while the stream is down', async (t) => {
  const { clock, standing, answer } = standingOf('closed')
  const token = tokenAt(clock.now())
  t.equal(standing.judge(token, undefined), 'suspect', 'before the stream was up')
  const answered = answer(true)
  clock.advance(1)
  t.equal(standing.judge(token, answered), 'trusted')
  clock.advance(0.001)
  t.equal(standing.judge(token, answered), 'suspect')
  t.equal(standing.judge(token, answer(false)), 'ended')
  standing.setState('up')
  t.equal(standing.judge(token, answered), 'trusted')
  standing.setState('down')
  t.equal(standing.judge(token, answered), 'suspect')
})

t.test('forgets a change when the last token of its time has expired', async (t) => {
  const { clock, standing } = standingOf('closed')
  standing.setState('up')
  const old = tokenAt(clock.now(), { sid: 'other', expiresAt: clock.now() + 7_200_000 })
  standing.hear({ of: 'session', id: 'session' })
  standing.hear({ of: 'user', id: 'user' })
  t.equal(standing.size, 2)
  clock.advance(15 * MINUTE)
  standing.hear({ of: 'session', id: 'later' })
  t.equal(standing.size, 3)
  clock.advance(11)
  standing.hear({ of: 'session', id: 'later' })
  t.equal(standing.size, 1)
  t.equal(standing.judge(tokenAt(clock.now()), undefined), 'trusted')
  t.equal(standing.judge(old, undefined), 'suspect', 'a token that lives longer than others is suspect')

  standing.hear({ of: 'session', id: 'session' })
  clock.advance(119 * MINUTE)
  standing.hear({ of: 'session', id: 'later' })
  t.equal(standing.size, 2, 'the lifetime of that token is known now')
})

t.test('forgets the oldest changes above a number, and suspects all tokens of their time', async (t) => {
  const { clock, standing } = standingOf('closed', 3)
  standing.setState('up')
  const token = tokenAt(clock.now(), { sid: 'first' })
  for (const id of ['first', 'second', 'first', 'third']) standing.hear({ of: 'session', id })
  t.equal(standing.judge(tokenAt(clock.now(), { sid: 'other' }), undefined), 'trusted')
  standing.hear({ of: 'session', id: 'fourth' })
  t.equal(standing.size, 3)
  t.equal(standing.judge(tokenAt(clock.now(), { sid: 'other' }), undefined), 'suspect')
  t.equal(standing.judge(token, undefined), 'suspect')
  clock.advance(MINUTE)
  t.equal(standing.judge(tokenAt(clock.now(), { sid: 'other' }), undefined), 'trusted')
})

t.test('a clock that is put back makes no change older', async (t) => {
  const { clock, standing } = standingOf('closed')
  standing.setState('up')
  clock.advance(60 * MINUTE)
  const token = tokenAt(clock.now())
  t.equal(standing.judge(token, undefined), 'trusted')
  clock.step(-60 * MINUTE)
  standing.hear({ of: 'session', id: 'session' })
  clock.step(60 * MINUTE)
  t.equal(standing.judge(token, undefined), 'suspect')
})

type Action =
  | { readonly do: 'issue'; readonly id: number; readonly skew: number }
  | { readonly do: 'end' | 'change'; readonly of: 'session' | 'user'; readonly id: number }
  | { readonly do: 'hear' | 'gap' | 'up' | 'down' }
  | { readonly do: 'use' | 'ask' | 'answer'; readonly token: number }
  | { readonly do: 'wait'; readonly seconds: number }

const id = fc.integer({ min: 0, max: 2 })
const of = fc.constantFrom('session' as const, 'user' as const)
const named = <Name extends string>(...names: Name[]) => fc.constantFrom(...names)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: named('issue'), id, skew: fc.integer({ min: -9_000, max: 9_000 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: named('end', 'change'), of, id }) },
  { weight: 3, arbitrary: fc.record({ do: named('hear') }) },
  { weight: 9, arbitrary: fc.record({ do: named('use', 'ask', 'answer'), token: fc.nat({ max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: named('wait'), seconds: fc.constantFrom(0.5, 2, 61, 400) }),
  },
  { weight: 1, arbitrary: fc.record({ do: named('gap', 'up', 'down') }) },
)

interface Issued {
  readonly facts: TokenFacts
  answer?: Answer
  asked?: Answer
}

/** Plays an issuer and a stream that may lag behind it. Returns the mistakes of the verifier. */
function mistakesOf(fail: 'open' | 'closed', actions: readonly Action[]): string[] {
  const { clock, standing } = standingOf(fail, 2)
  standing.setState('up')
  const sessions = [0, 1, 2].map((n) => ({
    sid: `s${n}`,
    userId: `u${n % 2}`,
    ended: false,
    heardEnded: false,
  }))
  const tokens: Issued[] = []
  const stream: { of: 'session' | 'user'; id: string; ended: boolean }[] = []
  const mistakes: string[] = []
  let isUp = true
  const sessionOf = ({ facts }: Issued) =>
    sessions.find(({ sid }) => sid === facts.sid) as (typeof sessions)[number]
  const those = (of: 'session' | 'user', name: string) =>
    sessions.filter((each) => (of === 'session' ? each.sid : each.userId) === name)

  for (const step of actions) {
    if (step.do === 'issue') {
      const session = sessions[step.id] as (typeof sessions)[number]
      const issuedAt = Math.floor((clock.now() + step.skew) / 1_000) * 1_000
      if (!session.ended) tokens.push({ facts: { ...session, issuedAt, expiresAt: issuedAt + 900_000 } })
    } else if (step.do === 'end' || step.do === 'change') {
      const name = `${step.of[0]}${step.id}`
      if (step.do === 'end') for (const each of those(step.of, name)) each.ended = true
      stream.push({ of: step.of, id: name, ended: step.do === 'end' })
    } else if (step.do === 'hear') {
      const change = stream.shift()
      if (change === undefined) continue
      standing.hear({ of: change.of, id: change.id })
      if (change.ended) for (const each of those(change.of, change.id)) each.heardEnded = true
    } else if (step.do === 'gap') {
      stream.length = 0
      standing.hear('everything')
      for (const each of sessions) each.heardEnded = each.ended
    } else if (step.do === 'up' || step.do === 'down') {
      isUp = step.do === 'up'
      standing.setState(step.do)
    } else if (step.do === 'wait') {
      clock.advance(step.seconds)
    } else if ('token' in step) {
      const token = tokens.at(step.token % Math.max(1, tokens.length))
      if (token === undefined || clock.now() >= token.facts.expiresAt) continue
      const session = sessionOf(token)
      if (step.do === 'ask') token.asked = { active: !session.ended, heard: standing.heard, answeredAt: 0 }
      else if (step.do === 'answer' && token.asked !== undefined) {
        token.answer = { ...token.asked, answeredAt: clock.monotonic() }
      } else if (standing.judge(token.facts, token.answer) === 'trusted') {
        if (session.heardEnded) mistakes.push(`accepted ${token.facts.sid} although its end was heard`)
        const age = clock.monotonic() - (token.answer?.answeredAt ?? Number.NEGATIVE_INFINITY)
        if (fail === 'closed' && !isUp && age > 1_000) mistakes.push('accepted without a fresh answer')
      }
    }
    if (standing.size > 4) mistakes.push('remembers too much')
  }
  return mistakes
}

for (const fail of ['open', 'closed'] as const) {
  t.test(
    `property: accepts no token whose session ended before the last change heard (${fail})`,
    async (t) => {
      fc.assert(
        fc.property(fc.array(action, { minLength: 30, maxLength: 60, size: 'max' }), (actions) => {
          const mistakes = mistakesOf(fail, actions)
          if (mistakes.length > 0) throw new Error(mistakes.join('\n'))
        }),
        { numRuns: 3_000 },
      )
      t.pass()
    },
  )
}
