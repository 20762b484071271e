import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { buildApp, SECRET, signUp } from '../../support/app.ts'
import { SLOW, slowRoute } from '../../support/gates.ts'
import type { Jar } from '../../support/jar.ts'
import { begin, listen } from '../../support/socket.ts'

const DEVELOPMENT = {
  NODE_ENV: 'development',
  PAGES: 'false',
  ACCESS_TOKEN_TTL: '10s',
  ROTATION_SETTLE: '3s',
  ROTATION_GRACE: '2s',
}

t.test('answers show what happened to the session', async (t) => {
  const service = await buildApp(t, { environment: DEVELOPMENT })
  const told = async (url: string, jar?: Jar) =>
    (await service.request({ url }, jar)).headers['server-timing']
  const browser = await signUp(service)
  const leftMs = 10_000 - (service.clock.now() % 1_000)

  t.equal(await told('/health/live', browser), undefined, 'nothing on a public route')
  t.equal(await told('/me'), undefined, 'nothing for a caller who is not signed in')
  t.equal(
    await told('/me', browser),
    `session;desc="known", generation;desc="1", access;dur=${leftMs}, life;dur=10000, auth;dur=0`,
  )
  service.clock.advance(11)
  t.equal(
    await told('/me', browser),
    `session;desc="refreshed", generation;desc="2", access;dur=${leftMs}, life;dur=10000, outcome;desc="rotated", auth;dur=0`,
  )
  const lost = browser.copy().delete('access')
  t.match(await told('/me', lost), 'generation;desc="2"')
  t.match(await told('/me', lost.delete('access')), 'outcome;desc="held"')
  service.clock.advance(1)
  t.equal(
    await told('/me', browser),
    `session;desc="known", generation;desc="2", access;dur=${leftMs - 1_000}, life;dur=10000, auth;dur=0`,
  )
  const signedOut = await service.request({ method: 'POST', url: '/auth/logout' }, browser)
  t.equal(signedOut.headers['server-timing'], 'session;desc="ended"')
})

t.test('an answer too late to set cookies shows nothing', async (t) => {
  const slow = slowRoute()
  const service = await buildApp(t, { environment: DEVELOPMENT, routes: slow.routes })
  const browser = await signUp(service)
  service.clock.advance(11)
  const late = service.request(SLOW, browser.copy())
  await slow.reached
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 200)
  service.clock.advance(11)
  t.match((await service.request({ url: '/me' }, browser)).headers['server-timing'], 'generation;desc="3"')
  slow.open()
  const { statusCode, headers } = await late
  t.equal(statusCode, 200)
  t.equal(headers['set-cookie'], undefined)
  t.equal(headers['server-timing'], undefined)
})

t.test('expires an access token before its time on request', async (t) => {
  const service = await buildApp(t, { environment: DEVELOPMENT })
  const browser = await signUp(service)
  service.clock.advance(60)
  t.equal((await service.request({ method: 'POST', url: '/demo/use-up' }, browser)).statusCode, 204)
  t.equal(browser.get('access'), undefined)
  t.ok(browser.get('refresh'))
  const next = await service.request({ url: '/me' }, browser)
  t.equal(next.statusCode, 200)
  t.match(next.headers['server-timing'], 'session;desc="refreshed", generation;desc="2"')
})

t.test('delays an answer on request', async (t) => {
  const service = await buildApp(t, { environment: DEVELOPMENT })
  const browser = await signUp(service)
  t.strictSame((await service.request({ url: '/demo/slow?ms=0' }, browser)).json(), { generation: 1 })
  t.equal((await service.request({ url: '/demo/slow?ms=soon' }, browser)).statusCode, 400)
  t.equal((await service.request({ url: '/demo/slow?ms=0' })).statusCode, 401)
})

t.test('reads an upload to its end, as slowly as it is asked to', async (t) => {
  const service = await buildApp(t, { environment: DEVELOPMENT })
  const browser = await signUp(service)
  const upload = (query: string, jar?: Jar) =>
    service.request(
      {
        method: 'POST',
        url: `/demo/upload${query}`,
        payload: Buffer.alloc(100_000),
        headers: { 'content-type': 'application/octet-stream' },
      },
      jar,
    )
  t.strictSame((await upload('?ms=1', browser)).json(), { bytes: 100_000, generation: 1 })
  for (const query of ['', '?ms=soon', '?ms=1&ms=2']) t.equal((await upload(query, browser)).statusCode, 400)
  t.equal((await upload('?ms=0')).statusCode, 401)
})

t.test('reports no fault for an upload that is cut off', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, { environment: DEVELOPMENT, log: (line) => lines.push(line) })
  const browser = await signUp(service)
  const port = await listen(service)
  const arrived = once(service.app.server, 'request')
  const { outgoing } = begin(port, { method: 'POST', url: '/demo/upload?ms=0' }, browser, {
    'content-type': 'application/octet-stream',
    'content-length': '100000',
  })
  outgoing.on('error', () => {})
  outgoing.write(Buffer.alloc(1_000))
  const [request] = await arrived
  const cut = once(request, 'close')
  outgoing.destroy()
  await cut.catch(() => {})
  // The service waits for the rest of the body before it finds that the rest is missing.
  await wait(20)
  t.notMatch(lines.join(''), 'Unexpected error')
})

t.test('ends a session without telling its browser', async (t) => {
  const service = await buildApp(t, { environment: DEVELOPMENT })
  const browser = await signUp(service)
  const ended = await service.request({ method: 'POST', url: '/demo/revoke' }, browser)
  t.equal(ended.statusCode, 204)
  t.equal(ended.headers['set-cookie'], undefined)
  t.equal((await service.request({ url: '/me' }, browser)).statusCode, 401)
})

t.test('shows the mail that development does not send, as text and with its link', async (t) => {
  const service = await buildApp(t, {
    environment: { ...DEVELOPMENT, EMAIL_VERIFICATION: 'off', PAGES: 'true', APP_COLOR: '#0d6a4a' },
  })
  await signUp(service)
  const read = () => service.request({ url: '/demo/mail' })
  t.match((await read()).body, 'There is no mail yet.')
  const payload = { email: 'ada@example.com' }
  await service.request({ method: 'POST', url: '/auth/password/forgot', payload })
  const { body, headers } = await read()
  t.match(body, /<a href="http:\/\/localhost\/#\/new-password\/[\w-]{43}">/)
  t.match(body, '<link rel="stylesheet" href="/brand.css">')
  t.match(headers, { 'cache-control': 'no-store', 'content-type': /^text\/html/ })
  t.notMatch(body, '</script>')
  for (let count = 0; count < 30; count++) {
    service.clock.advance(3_601)
    await service.request({ method: 'POST', url: '/auth/password/forgot', payload })
    await read()
  }
  t.equal((await read()).body.split('<article>').length - 1, 20, 'the last ones')
})

t.test('has no demo route elsewhere', async (t) => {
  for (const environment of [
    { MAIL_URL: 'log:' },
    {
      NODE_ENV: 'production',
      COOKIE_SECURE: 'false',
      INSECURE_COOKIES: 'true',
      SECRET_KEY: SECRET,
      ISSUER: 'https://auth.example.com',
    },
  ]) {
    const service = await buildApp(t, { environment })
    const browser = await signUp(service)
    t.equal((await service.request({ url: '/me' }, browser)).headers['server-timing'], undefined)
    for (const [method, url] of [
      ['POST', '/demo/use-up'],
      ['GET', '/demo/slow?ms=0'],
      ['POST', '/demo/upload?ms=0'],
      ['POST', '/demo/revoke'],
      ['GET', '/demo/mail'],
    ] as const) {
      t.equal((await service.request({ method, url }, browser)).statusCode, 404, url)
    }
  }
})

t.test('shows no mail in development if a mail server takes it', async (t) => {
  const mail = { MAIL_URL: 'smtp://localhost', MAIL_FROM: 'a@example.com' }
  const service = await buildApp(t, { environment: { ...DEVELOPMENT, ...mail } })
  t.equal((await service.request({ url: '/demo/mail' })).statusCode, 404)
})
