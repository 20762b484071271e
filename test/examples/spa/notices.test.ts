import t from 'tap'
import { mayBeTheft, noticeSentence } from '../../../examples/spa/src/account/notice-text.ts'
import type { Notice } from '../../../examples/spa/src/shapes.ts'
import { dateAndTime } from '../../../examples/spa/src/words.ts'

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const AT = '2026-05-03T10:12:00.000Z'

const notice = (change: Partial<Notice>): Notice => ({
  type: 'refresh-reused',
  at: AT,
  sessionId: 'AAAAAAAAAAAAAAAAAAAAAA',
  presentedBy: { ip: '203.0.113.9', userAgent: 'curl/8.5.0' },
  rotatedBy: null,
  ...change,
})

t.test('says in one sentence what has happened to a session', async (t) => {
  const when = dateAndTime(AT)
  for (const [change, sentence] of [
    [
      { rotatedBy: { ip: '192.0.2.1', userAgent: FIREFOX } },
      'the session of Firefox on Linux at 192.0.2.1 was ended, because curl at 203.0.113.9 presented an old copy of its cookie.',
    ],
    [
      {},
      'a session of this account was ended, because curl at 203.0.113.9 presented an old copy of its cookie.',
    ],
    [
      { type: 'session-fell-back' },
      'curl at 203.0.113.9 presented an older copy of a cookie that was already replaced, and was let in once.',
    ],
    [
      { type: 'session-forwarded' },
      'curl at 203.0.113.9 presented a cookie that was newer than the restored database, and stayed signed in.',
    ],
  ] as const) {
    t.equal(noticeSentence(notice(change)), `On ${when}, ${sentence}`)
  }
})

t.test('advises a new password unless a restored database explains it', async (t) => {
  t.ok(mayBeTheft(notice({})))
  t.ok(mayBeTheft(notice({ type: 'session-fell-back' })))
  t.notOk(mayBeTheft(notice({ type: 'session-forwarded' })))
})
