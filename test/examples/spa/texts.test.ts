import t from 'tap'
import { mayBeTheft, noticeSentence } from '../../../examples/spa/src/account/notice-text.ts'
import { lengthHint } from '../../../examples/spa/src/parts/length-hint.ts'
import type { Notice } from '../../../examples/spa/src/shapes.ts'
import { en } from '../../../examples/spa/src/texts/en.ts'
import { ja } from '../../../examples/spa/src/texts/ja.ts'
import { chooseLanguage, localeOf, TEXTS } from '../../../examples/spa/src/texts/language.ts'
import { refusalText } from '../../../examples/spa/src/texts/refusal-text.ts'
import { createWords } from '../../../examples/spa/src/words.ts'
import { eventTypes } from '../../../src/audit/events.ts'
import { authErrorCodes } from '../../../src/errors.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp } from '../../support/app.ts'
import { type Document, operationsOf } from '../../support/described-api.ts'

const { ago, dateAndTime, deviceName, duration } = createWords(en, 'en')
const japanese = createWords(ja, 'ja-JP')

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
    const words = createWords(en, 'en')
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
    t.equal(noticeSentence(notice(change), en, createWords(en, 'en')), `On ${when}, ${sentence}`)
  }
})

t.test('advises a new password unless a restored database explains it', async (t) => {
  t.ok(mayBeTheft(notice({})))
  t.ok(mayBeTheft(notice({ type: 'session-fell-back' })))
  t.notOk(mayBeTheft(notice({ type: 'session-forwarded' })))
})

t.test('speaks the language that was chosen, else the first that the browser asks for', async (t) => {
  for (const [chosen, asked, language] of [
    [null, ['ja-JP', 'en'], 'ja'],
    [null, ['de-DE', 'JA', 'en'], 'ja'],
    [null, ['en-GB', 'ja'], 'en'],
    [null, ['de', 'fr'], 'en'],
    [null, [], 'en'],
    ['ja', ['en'], 'ja'],
    ['en', ['ja'], 'en'],
    ['constructor', ['ja'], 'ja'],
  ] as const) {
    t.equal(chooseLanguage(chosen, asked), language, `${chosen} ${asked.join()}`)
  }
  t.equal(localeOf('en', ['de-DE', 'en-GB', 'en']), 'en-GB')
  t.equal(localeOf('ja', ['en-US']), 'ja')
})

t.test('writes dates, times and durations by the locale', async (t) => {
  // Noon of the machine's time zone, whichever that is.
  const at = new Date(2026, 0, 15, 12).toISOString()
  t.equal(createWords(en, 'en-GB').date(at), '15 Jan 2026')
  t.equal(createWords(en, 'en-US').date(at), 'Jan 15, 2026')
  t.equal(japanese.date(at), '2026/01/15')
  t.equal(japanese.ago(at, Date.parse(at) + 3 * 3_600_000), '3 時間前')
  t.equal(japanese.ago(at, Date.parse(at)), 'たった今')
  t.equal(japanese.duration(900_000), '15 分')
  t.equal(japanese.shortSeconds(20_000), '20 秒')
  t.match(japanese.timeOfDay(Date.parse(at)), /^\d{1,2}:00:00$/)
  t.equal(japanese.deviceName(FIREFOX), 'Firefox（Linux）')
  t.equal(japanese.deviceName(null), '不明なデバイス')
})

const sayX = () => 'x'
/** Stands for a text, a list of texts, and for the function that makes a link. */
const ANY = Object.assign((text: string) => text, { toLowerCase: sayX, join: sayX, toString: sayX })

/** Every text with its path. */
function* textsOf(texts: object, path = ''): Iterable<readonly [string, string]> {
  for (const [name, text] of Object.entries(texts)) {
    const at = `${path}${name}`
    if (typeof text === 'function') yield [at, [text(...Array(text.length).fill(ANY))].flat().join('')]
    else if (typeof text === 'object') yield* textsOf(text, `${at}.`)
    else yield [at, text]
  }
}

t.test('has every text in Japanese, and none that is still English', async (t) => {
  const [english, translated] = [new Map(textsOf(TEXTS.en)), new Map(textsOf(TEXTS.ja))]
  t.strictSame([...translated.keys()], [...english.keys()])
  const SAME = ['frame.readme', 'list']
  for (const [path, text] of translated) {
    if (SAME.includes(path)) continue
    t.match(text, /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}（）、]/u, path)
    t.not(text, english.get(path), path)
  }
})

t.test('has a text for every refusal of the routes that the pages call, and for every event', async (t) => {
  const service = await buildApp(t)
  const operations = operationsOf(internalsOf(service.app).openapi() as unknown as Document)
  const called = operations.filter(({ path }) =>
    /^\/(auth\/(register|login|logout|password|email)|me|admin|users)\b/.test(path),
  )
  const codes = called.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap(({ content }) =>
      Object.keys(content?.['application/json']?.examples ?? {}),
    ),
  )
  const refusals = codes.filter((code) => (authErrorCodes as readonly string[]).includes(code))
  t.ok(refusals.includes('LAST_ADMINISTRATOR'))
  for (const code of new Set(refusals)) {
    if (code !== 'UNSUPPORTED_MEDIA_TYPE') t.ok(Object.hasOwn(en.refusals, code), code)
  }
  t.strictSame(Object.keys(en.events).toSorted(), eventTypes.toSorted())
})

t.test('writes a refusal by its code, and with the sentence of the service for an unknown one', async (t) => {
  const refused = (code: string, more: object = {}) =>
    refusalText({ message: 'The service says so.', status: 400, code, ...more }, ja, japanese.duration)
  t.equal(refused('LOGIN_FAILED'), 'メールアドレスまたはパスワードが正しくありません。')
  t.equal(refused('A_LATER_CODE'), 'The service says so.')
  t.equal(refused('constructor'), 'The service says so.')
  t.equal(refused('UNEXPECTED', { status: 502 }), 'サービスが 502 を返しました。')
  t.equal(
    refused('RATE_LIMITED', { retryAfterSeconds: 30 }),
    'リクエストが多すぎます。30 秒後にもう一度お試しください。',
  )
  t.equal(refused('RATE_LIMITED', { retryAfterSeconds: 1 }), 'リクエストが多すぎます。')
  t.equal(refused('PASSWORD_REJECTED', { reason: 'too-short' }), 'パスワードが短すぎます。')
  t.equal(refused('PASSWORD_REJECTED', { reason: 'a later rule' }), '別のパスワードをお選びください。')
  t.equal(refused('PASSWORD_REJECTED'), '別のパスワードをお選びください。')
})

t.test('says what is missing of a new password in the language of the page', async (t) => {
  t.match(lengthHint(ja, 0, 15), '15 文字以上で入力してください。')
  t.equal(lengthHint(ja, 4, 15), 'あと 11 文字必要です。')
  t.equal(lengthHint(ja, 15, 15), '15 文字です。十分な長さです。')
  t.equal(lengthHint(ja, 3, undefined), '現在 3 文字です。')
  t.equal(lengthHint(en, 0, undefined), en.password.advice)
})

t.test('can be written with one, with several, and without what may be missing', async (t) => {
  /** The functions of a language, by their path. */
  function* functionsOf(
    texts: object,
    path = '',
  ): Iterable<readonly [string, (...values: unknown[]) => unknown]> {
    for (const [name, text] of Object.entries(texts)) {
      if (typeof text === 'function') yield [`${path}${name}`, text]
      else if (typeof text === 'object') yield* functionsOf(text, `${path}${name}.`)
    }
  }
  for (const [language, texts] of Object.entries(TEXTS)) {
    for (const [path, text] of functionsOf(texts)) {
      const written = [null, 1, 2, true, 'x', [1], [1, 2], ANY].flatMap((value) => {
        try {
          return [[text(...Array(text.length).fill(value))].flat().join('')]
        } catch {
          // A value of another type than the text takes.
          return []
        }
      })
      t.ok(written.length > 0, `${language} ${path}`)
    }
  }
})
