import t from 'tap'
import { createDeviceCookies, DEVICE_COOKIE_TTL_SECONDS } from '../../src/credentials/device-cookies.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import { failuresBefore, failuresOf, login } from '../support/failures.ts'
import { Jar } from '../support/jar.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

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

const only = (jar: Jar, name: string): Jar => new Jar().set(name, jar.get(name) as string)

/** A service on which others have guessed so often that browsers ada does not know are refused. */
async function closedToStrangers(t: Parameters<typeof buildApp>[0]): Promise<[TestApp, Jar]> {
  const service = await buildApp(t)
  const browser = await signUp(service)
  await failuresBefore(service, 100)
  return [service, browser]
}

t.test(
  'lets a known browser in while the account is closed, and opens the account to others again',
  async (t) => {
    const [service, browser] = await closedToStrangers(t)
    t.equal(await login(service, PASSWORD), 401, 'a stranger')
    t.equal(await login(service, PASSWORD, { jar: only(browser, 'device') }), 200)
    t.equal(await failuresOf(service), 0)
    t.equal(await login(service, PASSWORD), 200)
  },
)

t.test('knows a browser also after a sign-out, which clears its other cookies', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  await service.request({ method: 'POST', url: '/auth/logout' }, browser)
  t.same([...browser.cookies.keys()], ['device'])
  t.equal(await login(service, PASSWORD, { jar: browser }), 200)
})

t.test('knows a browser by one cookie of a live session', async (t) => {
  for (const name of ['refresh', 'access']) {
    const [service, browser] = await closedToStrangers(t)
    t.equal(await login(service, PASSWORD, { jar: only(browser, name) }), 200, name)
  }
})

t.test('does not know a browser by a cookie of an ended session', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  const before = browser.copy()
  await service.request({ method: 'POST', url: '/auth/logout' }, browser)
  for (const name of ['refresh', 'access']) {
    t.equal(await login(service, PASSWORD, { jar: only(before, name) }), 401, name)
  }
})

t.test('a device cookie of one account proves nothing about another', async (t) => {
  const service = await buildApp(t)
  const bo = await signUp(service, 'bo@example.com')
  await signUp(service)
  await failuresBefore(service, 100)
  for (const jar of [bo, only(bo, 'device'), only(bo, 'refresh'), only(bo, 'access')]) {
    t.equal(await login(service, PASSWORD, { jar }), 401)
  }
})

t.test('ignores a device cookie that is forged or sent twice', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  const device = browser.get('device') as string
  const elsewhere = await signUp(await buildApp(t, { environment: { SECRET_KEY: `another-${PASSWORD}` } }))
  for (const value of [elsewhere.get('device') as string, 'x', `${device}; device=${device}`]) {
    t.equal(await login(service, PASSWORD, { jar: new Jar().set('device', value) }), 401, value)
  }
})

t.test('counts ten failures of a known browser apart, and then counts it as a stranger', async (t) => {
  const service = await buildApp(t)
  const device = only(await signUp(service), 'device')
  for (let failures = 0; failures < 10; failures++) await login(service, 'wrong', { jar: device.copy() })
  t.equal(await failuresOf(service), 0)
  t.equal(await login(service, 'wrong', { jar: device.copy() }), 401)
  t.equal(await failuresOf(service), 1)

  for (let failures = 1; failures < 10; failures++) await login(service, 'wrong', { jar: device.copy() })
  t.equal(await login(service, PASSWORD, { jar: device.copy() }), 401, 'paused as everybody else')
  service.clock.advance(1)
  t.equal(await login(service, PASSWORD, { jar: device.copy() }), 200)
  await login(service, 'wrong', { jar: device.copy() })
  t.equal(await failuresOf(service), 0, 'and by itself again after a success')
})

t.test('counts guesses that a known browser sends at once', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  const guesses = Array.from({ length: 30 }, () => login(service, 'wrong', { jar: only(browser, 'device') }))
  t.ok((await Promise.all(guesses)).every((status) => status === 401))
  t.match(internalsOf(service.app).events.counts(), { 'sign-in-failed': 10, 'sign-in-closed': 20 })
})

t.test('a stolen device cookie allows ten guesses, and does not lock the owner out', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  const stolen = only(browser, 'device')
  await signIn(service, 'ada@example.com', { jar: browser })
  await failuresBefore(service, 100)
  for (let guesses = 0; guesses < 12; guesses++) await login(service, 'wrong', { jar: stolen.copy() })
  service.clock.advance(30 * 24 * 60 * 60)
  await failuresBefore(service, 100)
  t.equal(await login(service, PASSWORD, { jar: stolen.copy() }), 401, 'nor ten more later')
  t.equal(await login(service, PASSWORD, { jar: only(browser, 'device') }), 200, 'who has had another since')
})

t.test('knows a browser also after the password changes', async (t) => {
  const service = await buildApp(t)
  const phone = only(await signUp(service), 'device')
  const browser = await signIn(service)
  const next = 'a quite different set of words'
  const payload = { currentPassword: PASSWORD, newPassword: next }
  await service.request({ method: 'POST', url: '/me/password', payload }, browser)
  await failuresBefore(service, 100)
  t.equal(await login(service, next, { jar: phone }), 200)
})

t.test('keeps a shared browser known to an account after a sign-in to another', async (t) => {
  const service = await buildApp(t)
  const shared = await signUp(service)
  await service.request({ method: 'POST', url: '/auth/logout' }, shared)
  await service.request(
    { method: 'POST', url: '/auth/register', payload: { email: 'bo@example.com', password: PASSWORD } },
    shared,
  )
  await failuresBefore(service, 100)
  t.equal(await login(service, PASSWORD, { jar: only(shared, 'device') }), 200)
})

t.test('the token endpoint reads and sets no device cookie', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  const payload = { grant_type: 'password', username: 'ada@example.com', password: PASSWORD }
  const request = { method: 'POST', url: '/auth/token', payload } as const
  t.equal((await service.request(request, browser)).json().error, 'invalid_grant')
  await signIn(service, 'ada@example.com', { jar: browser })
  t.equal((await service.request(request, browser)).headers['set-cookie'], undefined)
})

t.test('knows a client of the token endpoint by a refresh token of the account', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const { refresh_token } = await fetchTokens(service)
  await failuresBefore(service, 100)
  const ask = (changes: object) =>
    service.request({
      method: 'POST',
      url: '/auth/token',
      payload: {
        ...{ grant_type: 'password', username: 'ada@example.com', password: PASSWORD, refresh_token },
        ...changes,
      },
    })
  for (const shown of [undefined, '', 'nonsense', `${refresh_token.slice(0, -4)}AAAA`]) {
    t.equal((await ask({ refresh_token: shown })).json().error, 'invalid_grant', `shows ${shown}`)
  }
  t.equal((await ask({ password: 'wrong' })).json().error, 'invalid_grant')
  t.equal(await failuresOf(service), 100, 'its failures are counted apart')
  const answer = await ask({})
  t.equal(answer.statusCode, 200)
  t.equal(await failuresOf(service), 0, 'a success opens the account to strangers')
  const exchange = { grant_type: 'refresh_token', refresh_token }
  const next = await service.request({ method: 'POST', url: '/auth/token', payload: exchange })
  t.equal(next.statusCode, 200, 'the token that it showed was not used up, and its session goes on')
})

t.test('does not know a client by a refresh token of another account or of an ended session', async (t) => {
  const service = await buildApp(t)
  await signUp(service, 'bo@example.com')
  const ofBo = (await fetchTokens(service, 'bo@example.com')).refresh_token
  await signUp(service)
  const ended = await fetchTokens(service)
  const headers = bearer(ended.access_token)
  await service.request({ method: 'POST', url: '/auth/logout', headers })
  await failuresBefore(service, 100)
  for (const refresh_token of [ofBo, ended.refresh_token]) {
    const payload = {
      grant_type: 'password',
      username: 'ada@example.com',
      password: PASSWORD,
      refresh_token,
    }
    const answer = await service.request({ method: 'POST', url: '/auth/token', payload })
    t.equal(answer.json().error, 'invalid_grant')
  }
})

t.test(
  'a client of the token endpoint goes on by its refresh token while the account is closed',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const { refresh_token } = await fetchTokens(service)
    await failuresBefore(service, 100)
    const payload = { grant_type: 'refresh_token', refresh_token }
    t.equal((await service.request({ method: 'POST', url: '/auth/token', payload })).statusCode, 200)
  },
)

t.test('guesses from elsewhere do not keep the owner from changing the password', async (t) => {
  const [service, browser] = await closedToStrangers(t)
  const payload = { currentPassword: PASSWORD, newPassword: 'a quite different set of words' }
  const response = await service.request({ method: 'POST', url: '/me/password', payload }, browser)
  t.equal(response.statusCode, 204)
})
