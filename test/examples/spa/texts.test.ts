import t from 'tap'
import { mayBeTheft, noticeSentence } from '../../../examples/spa/src/account/notice-text.ts'
import type { Notice } from '../../../examples/spa/src/shapes.ts'
import { ago, dateAndTime, deviceName, duration } from '../../../examples/spa/src/words.ts'

type Words = typeof import('../../../examples/spa/src/words.ts')

t.test('tells how long ago something happened', async (t) => {
  const now = Date.parse('2026-01-15T12:00:00Z')
  for (const [time, words] of [
    ['2026-01-15T12:00:03Z', 'just now'],
    ['2026-01-15T11:59:01Z', 'just now'],
    ['2026-01-15T11:59:00Z', '1 minute ago'],
    ['2026-01-15T11:00:01Z', '59 minutes ago'],
    ['2026-01-15T09:00:00Z', '3 hours ago'],
    ['2026-01-14T12:00:00Z', 'yesterday'],
    ['2026-01-01T12:00:00Z', '14 days ago'],
  ] as const) {
    t.equal(ago(time, now), words, time)
  }
  t.equal(ago(new Date().toISOString()), 'just now')
})

// The words take the time zone of the machine as they are loaded: the query loads them once more.
for (const [zone, day, time] of [
  ['UTC', 'Jan 15, 2026', '12:00 PM'],
  ['America/New_York', 'Jan 15, 2026', '7:00 AM'],
  ['Pacific/Auckland', 'Jan 16, 2026', '1:00 AM'],
  ['Pacific/Kiritimati', 'Jan 16, 2026', '2:00 AM'],
] as const) {
  t.test(`tells when something happened by the local clock in ${zone}`, async (t) => {
    const { TZ } = process.env
    t.teardown(() => {
      if (TZ === undefined) delete process.env.TZ
      else process.env.TZ = TZ
    })
    process.env.TZ = zone
    const words: Words = await import(`../../../examples/spa/src/words.ts?${zone}`)
    t.equal(words.date('2026-01-15T12:00:00Z'), day)
    t.equal(words.dateAndTime('2026-01-15T12:00:00Z').replace(/\s/g, ' '), `${day}, ${time}`)
  })
}

t.test('tells how long something takes', async (t) => {
  for (const [ms, words] of [
    [400, '0 seconds'],
    [1_000, '1 second'],
    [59_000, '59 seconds'],
    [60_000, '1 minute'],
    [900_000, '15 minutes'],
    [7_200_000, '2 hours'],
  ] as const) {
    t.equal(duration(ms), words)
  }
})

t.test('names a device by its user agent', async (t) => {
  const mozilla = 'Mozilla/5.0'
  for (const [userAgent, name] of [
    [`${mozilla} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox on Linux'],
    [
      `${mozilla} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`,
      'Microsoft Edge on Windows',
    ],
    [
      `${mozilla} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`,
      'Safari on macOS',
    ],
    [
      `${mozilla} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`,
      'Safari on iPhone',
    ],
    [
      `${mozilla} (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36`,
      'Chrome on Android',
    ],
    ['curl/8.5.0', 'curl'],
    ['', 'Unknown device'],
    [null, 'Unknown device'],
  ] as const) {
    t.equal(deviceName(userAgent), name)
  }
})

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
