import { createHash } from 'node:crypto'
import BetterSqlite from 'better-sqlite3'
import { PASSWORD } from '../../support/app.ts'
import { bytesOf, changeRows } from '../database.ts'
import { guessUntilPaused } from '../guessing.ts'
import type { Line } from '../line.ts'
import { showsPasswords, takesPastedPasswords } from '../pages.ts'
import { lenient, NEXT, tryPassword } from './asvs-v6-passwords.ts'

const HOUR_MS = 3_600_000
const PROXY = 'TLS ends at a proxy in front of the service.'

export const nistPasswords: readonly Line[] = [
  {
    at: '3.1.1.1',
    demand: 'MUST',
    says: 'Whoever chose a password from the blocklist has to choose another; nothing else is asked of its complexity',
    passes: 'a common password is refused with a reason, and after that another is accepted',
    async test(t, service) {
      const lowest = await lenient(service)
      const json = { email: 'chooses@example.org', password: 'baseball1' }
      const refused = await lowest.send('POST', '/auth/register', { json })
      t.match(refused.json(), { statusCode: 422, code: 'PASSWORD_REJECTED', reason: 'common' })
      t.equal(await tryPassword(lowest, 'zmqkwvtj', 'chooses@example.org'), 'accepted')
    },
  },
  {
    at: '3.1.1.2 (length)',
    demand: 'MUST',
    says: 'A password that is the only factor has at least 15 characters',
    passes: 'unless it is set otherwise, 14 are refused and 15 accepted',
    async test(t, service) {
      t.equal(await tryPassword(service, 'qzmwkvjtxrbnpl'), 'too-short')
      t.equal(await tryPassword(service, 'qzmwkvjtxrbnplf'), 'accepted')
    },
  },
  {
    at: '3.1.1.2 (64)',
    demand: 'SHOULD',
    says: 'At least 64 characters are permitted',
    passes: '64 are accepted and so are 256, to the last of them; what is longer is refused and not cut',
    async test(t, service) {
      const letters = Array.from({ length: 257 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join('')
      for (const length of [64, 256]) {
        const email = `${length}@example.org`
        const signsIn = async (password: string) =>
          (await service.send('POST', '/auth/login', { json: { email, password } })).status === 200
        const password = letters.slice(0, length)
        t.equal(await tryPassword(service, password, email), 'accepted')
        t.ok(await signsIn(password))
        t.notOk(await signsIn(password.slice(0, -1)))
        t.notOk(await signsIn(`${password.slice(0, -1)}x`))
      }
      t.equal(await tryPassword(service, letters), 'too-long')
    },
  },
  {
    at: '3.1.1.2 (ASCII)',
    demand: 'SHOULD',
    says: 'All printing ASCII characters and the space are accepted',
    passes: 'each of the 95 is accepted, and signs in',
    async test(t, service) {
      const all = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join('')
      const email = 'ascii@example.org'
      t.equal(await tryPassword(service, all, email), 'accepted')
      t.equal((await service.send('POST', '/auth/login', { json: { email, password: all } })).status, 200)
    },
  },
  {
    at: '3.1.1.2 (Unicode)',
    demand: 'MUST',
    says: 'Unicode is accepted, and each code point counts as one character',
    passes: 'fifteen pictures are fifteen characters, and fourteen are too few',
    async test(t, service) {
      const foxes = Array.from({ length: 15 }, (_, n) => String.fromCodePoint(0x1f980 + n))
      t.equal(await tryPassword(service, foxes.slice(1).join('')), 'too-short')
      t.equal(await tryPassword(service, foxes.join('')), 'accepted')
    },
  },
  {
    at: '3.1.1.2 (one spelling)',
    demand: 'SHOULD',
    says: 'Characters that can be written in two ways are brought to one before hashing',
    passes: 'an é typed as one code point signs in where it was set as two, and the other way round',
    async test(t, service) {
      const [one, two] = ['un caf\u00e9 tr\u00e8s serr\u00e9', 'un cafe\u0301 tre\u0300s serre\u0301']
      for (const [email, set, typed] of [
        ['composed@example.org', one, two],
        ['decomposed@example.org', two, one],
      ] as const) {
        t.equal(await tryPassword(service, set, email), 'accepted')
        t.equal((await service.send('POST', '/auth/login', { json: { email, password: typed } })).status, 200)
      }
    },
  },
  {
    at: '3.1.1.2 (NFKC)',
    demand: 'SHOULD',
    says: 'The spelling is that of NFKC or NFKD',
    notYet:
      'By decision it is NFC, as RFC 8265 has it for passwords: NFKC would make different characters equal.',
  },
  {
    at: '3.1.1.2 (composition)',
    demand: 'MUST',
    says: 'No kind of character is demanded',
    passes: 'small letters alone are accepted, and so are digits alone',
    async test(t, service) {
      for (const password of ['tvkzqmwjxrbnplf', '840261957384026', '   ~   ~   ~ !  ']) {
        t.equal(await tryPassword(service, password), 'accepted', password)
      }
    },
  },
  {
    at: '3.1.1.2 (no rotation)',
    demand: 'MUST',
    says: 'Nobody has to change a password periodically',
    passes: 'a password of 1970 signs in',
    async test(t, service) {
      const { email, id } = await service.person()
      changeRows(service, 'UPDATE users SET password_changed_at = 0 WHERE id = ?', bytesOf(id))
      t.equal(
        (await service.send('POST', '/auth/login', { json: { email, password: PASSWORD } })).status,
        200,
      )
    },
  },
  {
    at: '3.1.1.2 (after a leak)',
    demand: 'MUST',
    says: 'A change is forced when there is evidence that the password is known to others',
    notYet: 'An administrator requires it (ASVS V6.4.6); nothing finds out by itself.',
  },
  {
    at: '3.1.1.2 (hints)',
    demand: 'MUST',
    says: 'There are no hints that a stranger can read, and no questions',
    passes: 'neither can be stored, and a failed sign-in says nothing of the kind',
    async test(t, service) {
      const json = { email: 'hint@example.org', password: PASSWORD }
      for (const extra of [{ hint: 'a pet' }, { question: 'A pet?', answer: 'Rex' }]) {
        t.equal((await service.send('POST', '/auth/register', { json: { ...json, ...extra } })).status, 400)
      }
      const { email } = await service.person()
      const failed = await service.send('POST', '/auth/login', { json: { email, password: NEXT } })
      t.same(Object.keys(failed.json()).sort(), ['code', 'error', 'message', 'statusCode'])
    },
  },
  {
    at: '3.1.1.2 (whole)',
    demand: 'MUST',
    says: 'The whole password is verified',
    passes: 'of 256 characters, one that differs at the end is refused',
    async test(t, service) {
      const letters = Array.from({ length: 257 }, (_, n) => String.fromCodePoint(0x3041 + n))
      const email = 'whole@example.org'
      const password = letters.slice(0, 256).join('')
      t.equal(await tryPassword(service, password, email), 'accepted')
      const differs = letters.slice(0, 255).join('') + letters[256]
      for (const other of [differs, password.slice(0, -1), password.slice(0, 72)]) {
        t.equal((await service.send('POST', '/auth/login', { json: { email, password: other } })).status, 401)
      }
    },
  },
  {
    at: '3.1.1.2 (blocklist)',
    demand: 'MUST',
    says: 'New passwords are compared, as a whole, with a list of common, expected and compromised ones',
    passes: 'a common password is refused, and one that merely contains it is not',
    async test(t, service) {
      const lowest = await lenient(service)
      t.equal(await tryPassword(lowest, 'football'), 'common')
      t.equal(await tryPassword(lowest, 'FootBall'), 'common')
      t.equal(await tryPassword(lowest, 'football zmqkw'), 'accepted')
      t.equal(await tryPassword(lowest, 'tacit-service', 'service@tacit.example'), 'own-words')
    },
  },
  {
    at: '3.1.1.2 (reason)',
    demand: 'MUST',
    says: 'Who is refused is told why, and helped to choose better',
    passes: 'each refusal has a reason for programs and a sentence that says what to do',
    async test(t, service) {
      const lowest = await lenient(service)
      for (const [password, reason, sentence] of [
        ['short', 'too-short', /at least 8 characters/],
        ['football', 'common', /tried first\. Choose another/],
        ['service-example', 'own-words', /Add words of another kind/],
      ] as const) {
        const json = { email: 'service@example.org', password }
        const answer = await lowest.send('POST', '/auth/register', { json })
        t.match(answer.json(), { reason, message: sentence })
      }
    },
  },
  {
    at: '3.1.1.2 (limits)',
    demand: 'MUST',
    says: 'Failed attempts on an account are limited',
    passes: 'after a dozen guesses the account pauses, and even the right password is refused',
    async test(t, service) {
      const { email } = await service.person()
      t.ok(await guessUntilPaused(service, email, '/auth/login'))
    },
  },
  {
    at: '3.1.1.2 (managers)',
    demand: 'MUST',
    says: 'Password managers and pasting are allowed',
    passes: 'every field for a password can be pasted into, and says which password belongs there',
    needs: 'browser',
    test: takesPastedPasswords,
  },
  {
    at: '3.1.1.2 (display)',
    demand: 'SHOULD',
    says: 'The password can be shown while it is typed',
    passes: 'beside every field for a password there is a button that shows it, and hides it again',
    needs: 'browser',
    test: showsPasswords,
  },
  { at: '3.1.1.2 (channel)', demand: 'MUST', says: 'Passwords travel encrypted', notApplicable: PROXY },
  {
    at: '3.1.1.2 (storage)',
    demand: 'MUST',
    says: 'Passwords are stored salted and hashed with a costly function, its cost beside them',
    passes: 'the row has an argon2id string with cost and a salt of its own: two equal passwords differ',
    async test(t, service) {
      const people = [await service.person(), await service.person()]
      const database = new BetterSqlite(service.database, { readonly: true })
      const select = database.prepare('SELECT password_hash FROM users WHERE email = ?').pluck()
      const hashes = people.map(({ email }) => String(select.get(email)))
      database.close()
      for (const hash of hashes) t.match(hash, /^\$argon2id\$v=19\$[mtp=,\d]+\$[\w+/]{22,}\$[\w+/]{43}$/)
      t.equal(new Set(hashes.map((hash) => hash.split('$')[4])).size, 2)
      t.notOk(hashes.join().includes(PASSWORD))
    },
  },
  {
    at: '3.1.1.2 (pepper)',
    demand: 'SHOULD',
    says: 'Hashes are keyed with a secret that is kept elsewhere',
    notYet: 'Hashes are not keyed: changing the secret would then take every password with it.',
  },
  {
    at: '3.2.2 (a hundred)',
    demand: 'MUST',
    says: 'After a hundred consecutive failures the password is disabled',
    notYet:
      'Not to the letter: any attacker could disable a password for ever, and there is no second way in to bring it back. Strangers go on at one attempt a day. docs/sign-in.md has the bound on guesses.',
  },
  {
    at: '3.2.2 (guesses)',
    demand: 'MUST',
    says: 'Guessing a password online is limited',
    passes:
      'after a hundred failures the right password is refused for a day, and known browsers may use it; then there is one attempt',
    async test(t, service) {
      const { email, jar } = await service.person()
      const right = { json: { email, password: PASSWORD } }
      const wrong = { json: { email, password: NEXT } }
      const attempt = async (options: object) => (await service.send('POST', '/auth/login', options)).status
      const key = createHash('sha256').update(email).digest()
      const failed = (failures: number, ago: number) =>
        changeRows(
          service,
          'UPDATE login_throttles SET failures = ?, last_failed_at = ? WHERE key = ?',
          failures,
          Date.now() - ago,
          key,
        )
      await attempt(wrong)
      failed(99, HOUR_MS)
      t.same([await attempt(wrong), await attempt(right)], [401, 401])
      failed(100, 23 * HOUR_MS)
      t.equal(await attempt(right), 401)
      t.equal(await attempt({ ...right, jar }), 200)
      t.equal(await attempt(right), 200)

      await attempt(wrong)
      failed(100, 24 * HOUR_MS)
      t.same([await attempt(wrong), await attempt(right)], [401, 401], 'one attempt a day')
      failed(101, 24 * HOUR_MS)
      t.equal(await attempt(right), 200)
    },
  },
  {
    at: '3.2.2 (delays)',
    demand: 'MAY',
    says: 'Waiting times grow with each failure',
    passes: 'who is paused is answered as for a wrong password, so that nothing tells when to go on',
    async test(t, service) {
      const { email } = await service.person()
      const json = { email, password: NEXT }
      const first = await service.send('POST', '/auth/login', { json })
      t.ok(await guessUntilPaused(service, email, '/auth/login'))
      const paused = await service.send('POST', '/auth/login', { json })
      t.equal(paused.status, first.status)
      t.equal(paused.body, first.body)
      t.equal(paused.headers['retry-after'], undefined)
    },
  },
  {
    at: '3.2.2 (success)',
    demand: 'SHOULD',
    says: 'A success takes back the failures before it',
    passes: 'nine failures and a success, twice over, pause nobody',
    async test(t, service) {
      const { email } = await service.person()
      for (const round of [1, 2, 3]) {
        for (let n = 0; n < 9; n += 1) {
          await service.send('POST', '/auth/login', { json: { email, password: NEXT } })
        }
        const json = { email, password: PASSWORD }
        t.equal((await service.send('POST', '/auth/login', { json })).status, 200, `round ${round}`)
      }
    },
  },
]
