import t from 'tap'
import { createRefreshTokens } from '../../../src/protocol/refresh-token.ts'
import { buildApp, PASSWORD, signIn, signUp } from '../../support/app.ts'
import { Jar, setCookies } from '../../support/jar.ts'
import { DAY } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { claimsOf } from '../../support/tokens.ts'

const login = (payload: object) => ({ method: 'POST', url: '/auth/login', payload }) as const
const ada = { email: 'ada@example.com', password: PASSWORD }

t.test('answers a sign-in with the account, and never with its hash', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const response = await service.request(login(ada))
  t.equal(response.statusCode, 200)
  t.strictSame(response.json(), {
    user: {
      id: response.json().user.id,
      email: 'ada@example.com',
      name: null,
      role: 'user',
      createdAt: '2026-01-15T12:00:00.000Z',
      disabled: false,
      emailConfirmed: false,
    },
  })
  t.equal(response.headers['cache-control'], 'private, no-store')
})

t.test('without "remember" the cookies end with the browser', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (const payload of [ada, { ...ada, remember: false }]) {
    const [refresh, access] = setCookies(await service.request(login(payload)))
    t.match(refresh, /^refresh=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
    t.match(access, /^access=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
  }
})

t.test('with "remember" each cookie lives as long as its token', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const [refresh, access] = setCookies(await service.request(login({ ...ada, remember: true })))
  t.match(refresh, /^refresh=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/)
  t.match(access, /^access=[^;]+; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/)
})

t.test('gives secure cookies the __Host- prefix', async (t) => {
  const service = await buildApp(t, { environment: { COOKIE_SECURE: 'true' } })
  const browser = await signUp(service)
  t.same([...browser.cookies.keys()], ['__Host-refresh', '__Host-access', '__Host-device'])
  const [refresh, access, device] = setCookies(await service.request(login(ada)))
  t.match(device, /^__Host-device=[^;]+; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  t.match(refresh, /^__Host-refresh=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  t.match(access, /^__Host-access=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('sends token values in Set-Cookie alone, without name or address', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  await service.request({ method: 'PATCH', url: '/me', payload: { name: 'Ada Lovelace' } }, jar)
  const answers = [await service.request(login({ ...ada, remember: true }), jar)]
  for (const url of ['/me', '/me/sessions']) answers.push(await service.request({ url }, jar))
  for (const { headers, body } of answers) {
    const seen = body + JSON.stringify({ ...headers, 'set-cookie': undefined })
    for (const value of jar.cookies.values()) t.notOk(seen.includes(value))
  }
  t.same([...jar.cookies.keys()].sort(), ['access', 'device', 'refresh'])
  const refresh = String(jar.get('refresh')).slice('tacit_rt_'.length)
  const held = [
    JSON.stringify(claimsOf(String(jar.get('access')))),
    ...[refresh, String(jar.get('device'))].map((value) =>
      Buffer.from(value, 'base64url').toString('latin1'),
    ),
  ]
  for (const word of ['Ada', ada.email]) t.notOk(held.join().includes(word), word)
})

t.test('compares the whole password: not truncated or trimmed, in its own case and script', async (t) => {
  const service = await buildApp(t)
  const letters = Array.from({ length: 257 }, (_, n) => String.fromCodePoint(0x4e00 + n))
  const ascii = Array.from({ length: 95 }, (_, n) => String.fromCharCode(32 + n)).join('')
  const sentence = `${'Long enough to be cut somewhere. '.repeat(7)}The end`
  const passwords = [letters.slice(0, 64).join(''), letters.slice(0, 256).join(''), ascii, sentence]
  for (const [place, password] of passwords.entries()) {
    const email = `person-${place}@example.com`
    await signUp(service, email, password)
    const statusFor = async (other: string) =>
      (await service.request(login({ email, password: other }))).statusCode
    const cut = [...password].slice(0, -1).join('')
    const others = [cut, `${cut}x`, `${password}!`, `${password} `, ` ${password}`, password.slice(0, 72)]
    const different = [...others, password.toUpperCase()].filter((other) => other !== password)
    t.ok(different.length >= 5)
    for (const other of different) t.equal(await statusFor(other), 401)
    t.equal(await statusFor(password), 200)
  }
})

t.test('a password that was set thirty years ago signs in, for thirty days', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  service.clock.advance(30 * 365 * DAY)
  const jar = await signIn(service)
  t.equal((await rowOf(service, jar)).expiresAt, service.clock.now() + 30 * DAY * 1_000)
})

t.test('finds the address in every spelling, and accepts the password in either composition', async (t) => {
  const service = await buildApp(t)
  const password = 'caf\u00e9 horse battery staple'
  await signUp(service, 'ada@example.com', password)
  const response = await service.request(
    login({ email: 'ADA@Example.com', password: password.normalize('NFD') }),
  )
  t.equal(response.statusCode, 200)
})

t.test("ends the session of the browser's cookie at a new sign-in, and no other", async (t) => {
  const service = await buildApp(t)
  const phone = await signUp(service)
  const laptop = await signIn(service)
  const before = laptop.copy()
  await signIn(service, 'ada@example.com', { jar: laptop })

  t.equal((await service.request({ url: '/me' }, before)).json().code, 'SESSION_ENDED')
  t.equal((await service.request({ url: '/me' }, laptop)).statusCode, 200)
  t.equal((await service.request({ url: '/me' }, phone)).statusCode, 200)
})

t.test('keeps the session of the browser when a sign-in fails', async (t) => {
  const service = await buildApp(t)
  const browser = await signUp(service)
  const response = await service.request(login({ ...ada, password: 'wrong' }), browser)
  t.equal(response.statusCode, 401)
  t.same(setCookies(response), [])
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
})

t.test('ignores an invalid old cookie', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  for (const cookie of ['refresh=nonsense', `refresh=tacit_rt_${'A'.repeat(72)}`, 'refresh=a; refresh=b']) {
    const response = await service.request({ ...login(ada), headers: { cookie } }, new Jar())
    t.equal(response.statusCode, 200, cookie)
  }
})

t.test('ends an idle session after a day, and a remembered one after a week', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const closed = await signIn(service, 'ada@example.com', { remember: false })
  const remembered = await signIn(service, 'ada@example.com', { remember: true })
  service.clock.advance(24 * 60 * 60)
  t.equal((await service.request({ url: '/me' }, closed)).json().code, 'SESSION_ENDED')
  t.equal((await service.request({ url: '/me' }, remembered)).statusCode, 200)
})

t.test('ignores an old cookie that names no session', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const unknown = createRefreshTokens([Buffer.alloc(32, 1)]).derive('A'.repeat(22), 1, Buffer.alloc(32))
  const jar = new Jar().set('refresh', unknown)
  await signIn(service, 'ada@example.com', { jar })
  t.not(jar.get('refresh'), unknown)
})
