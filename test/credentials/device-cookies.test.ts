import t from 'tap'
import { createDeviceCookies, DEVICE_COOKIE_TTL_SECONDS } from '../../src/credentials/device-cookies.ts'

const KEY = Buffer.alloc(32, 1)
const OTHER_KEY = Buffer.alloc(32, 2)
const [ADA, BO, CY, DEE] = ['a', 'b', 'c', 'd'].map(
  (letter) => `0190b3a0-0000-7000-8000-00000000000${letter}`,
) as [string, string, string, string]
const NOW = Date.UTC(2026, 0, 15, 12)
const TTL_MS = DEVICE_COOKIE_TTL_SECONDS * 1_000

const devices = createDeviceCookies([KEY])

t.test('a device cookie is valid for its own account alone', async (t) => {
  const cookie = devices.issue(ADA, undefined, NOW)
  t.match(cookie, /^[\w-]{60}$/)
  t.match(devices.read(cookie, ADA, NOW), { nonce: { length: 16 }, expiresAt: NOW + TTL_MS })
  t.equal(devices.read(cookie, BO, NOW), undefined)
})

t.test('a device cookie does not show the account, and differs each time', async (t) => {
  const [one, other] = [devices.issue(ADA, undefined, NOW), devices.issue(ADA, undefined, NOW)]
  t.not(one, other)
  const bytes = Buffer.from(one, 'base64url')
  t.notOk(bytes.includes(Buffer.from(ADA.replaceAll('-', ''), 'hex')))
  t.notSame(devices.read(one, ADA, NOW)?.nonce, devices.read(other, ADA, NOW)?.nonce)
})

t.test('a device cookie is valid for 180 days', async (t) => {
  const cookie = devices.issue(ADA, undefined, NOW)
  t.equal(DEVICE_COOKIE_TTL_SECONDS, 180 * 24 * 60 * 60)
  t.ok(devices.read(cookie, ADA, NOW + TTL_MS - 1))
  t.equal(devices.read(cookie, ADA, NOW + TTL_MS), undefined)
})

t.test('every secret of the ring verifies a device cookie, and no other secret does', async (t) => {
  const cookie = devices.issue(ADA, undefined, NOW)
  t.ok(createDeviceCookies([OTHER_KEY, KEY]).read(cookie, ADA, NOW))
  t.equal(createDeviceCookies([OTHER_KEY]).read(cookie, ADA, NOW), undefined)
})

t.test('refuses a device cookie that is malformed or forged', async (t) => {
  const cookie = devices.issue(ADA, undefined, NOW)
  for (const wrong of [undefined, null, '', '.', cookie.slice(1), `${cookie}A`, `${cookie.slice(0, 59)}=`]) {
    t.equal(devices.read(wrong, ADA, NOW), undefined, String(wrong))
  }
  const whole = Buffer.from(cookie, 'base64url')
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const changed = Buffer.from(whole)
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
    if (devices.read(changed.toString('base64url'), ADA, NOW) !== undefined) t.fail(`bit ${bit}`)
  }
})

t.test('keeps the last three accounts that signed in on a shared browser', async (t) => {
  let cookie = devices.issue(ADA, undefined, NOW)
  for (const account of [BO, CY]) cookie = devices.issue(account, cookie, NOW)
  for (const account of [ADA, BO, CY]) t.ok(devices.read(cookie, account, NOW))

  const again = devices.issue(BO, cookie, NOW)
  t.match(again, /^([\w-]{60}\.){2}[\w-]{60}$/, 'an account has one entry')
  t.notSame(devices.read(again, BO, NOW)?.nonce, devices.read(cookie, BO, NOW)?.nonce, 'a new one')
  t.strictSame(devices.read(again, ADA, NOW), devices.read(cookie, ADA, NOW), 'others keep theirs')

  const fourth = devices.issue(DEE, again, NOW)
  t.equal(devices.read(fourth, ADA, NOW), undefined, 'the one that signed in longest ago')
  for (const account of [BO, CY, DEE]) t.ok(devices.read(fourth, account, NOW))
})

t.test('drops entries that have expired or are invalid', async (t) => {
  const old = devices.issue(ADA, undefined, NOW - TTL_MS)
  t.match(devices.issue(BO, `${old}.nonsense`, NOW), /^[\w-]{60}$/)
})
