import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import {
  ask,
  browserTests,
  heldBy,
  isSignedIn,
  jarOf,
  letExpire,
  type World,
} from '../../support/browser-service.ts'
import { snapshot } from '../../support/database.ts'
import { printed, vitePages } from '../../support/vite-pages.ts'

const trusted = await vitePages(t)
// No mail is under way while the database is compared.
const test = browserTests(t, { TRUSTED_ORIGINS: trusted.origin, EMAIL_VERIFICATION: 'off' })

// Cookies ignore ports: a page at localhost sends them, and SameSite holds them back from
// 127.0.0.1.
for (const [host, whose] of [
  ['127.0.0.1', 'another site'],
  ['localhost', 'another origin of the same site, with the cookies'],
] as const) {
  test(`a page of ${whose} changes nothing by posting, from a script or from a form`, async (t, {
    service,
    person,
  }) => {
    const { context, open } = await person(t, `posted-at-from-${host}`)
    const page = await open('account')
    const foreign = await context.newPage()
    await foreign.goto(await foreignPage(t, host))
    const [before, cookies] = [snapshot(service.databasePath), await jarOf(context)]

    for (const path of ['/auth/logout', '/auth/refresh', '/me/password', '/auth/login']) {
      // The browser hides the answer from the page.
      const post = (url: string) =>
        fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }).catch(({ name }) => name)
      const failed = foreign.waitForEvent('requestfailed')
      t.equal(await foreign.evaluate(post, service.origin + path), 'TypeError', `a script: ${path}`)
      t.match((await failed).failure()?.errorText, 'BLOCKED_BY_RESPONSE', 'the service has answered')
    }
    for (const [path, fields] of [
      ['/auth/logout', {}],
      // The visitor would be signed in to an account of the attacker.
      ['/auth/login', { email: 'posted-at-from-127.0.0.1@example.com', password: PASSWORD }],
    ] as const) {
      const sending = await context.newPage()
      await sending.goto(foreign.url())
      const answer = sending.waitForResponse(`${service.origin}${path}`)
      await sending.evaluate(`(() => {
        const form = document.createElement('form')
        form.method = 'POST'
        form.action = ${JSON.stringify(service.origin + path)}
        for (const [name, value] of Object.entries(${JSON.stringify(fields)})) {
          const input = document.createElement('input')
          input.name = name
          input.value = value
          form.append(input)
        }
        document.body.append(form)
        form.submit()
      })()`)
      t.equal((await answer).status(), 403, `a form: ${path}`)
    }

    t.strictSame(snapshot(service.databasePath), before, 'nothing has changed in the database')
    t.strictSame(await jarOf(context), cookies, 'nor among the cookies')
    t.ok(events(service.database) > 0, 'it is kept for the administrator, once a minute')
    t.equal(await ask(page), 200, 'the session is alive')
    t.ok(await isSignedIn(page), 'the page beside has not noticed')
  })
}

test('no other page can show the application in a frame', async (t, { service, person }) => {
  const { context } = await person(t, 'framed')
  for (const host of ['127.0.0.1', 'localhost']) {
    const foreign = await context.newPage()
    const refusal = foreign.waitForEvent('console', (message) =>
      /frame-ancestors|X-Frame-Options/i.test(message.text()),
    )
    const address = await foreignPage(
      t,
      host,
      `<iframe src="${service.origin}/"></iframe><iframe src="/"></iframe>`,
    )
    await foreign.goto(`${address}framing`)
    t.match((await refusal).text(), service.origin, `${host}: the browser says that it was refused`)
    const shown = await Promise.all(
      foreign
        .frames()
        .slice(1)
        .map((frame) => frame.locator('body').innerHTML()),
    )
    t.match(shown[1], 'a foreign page', 'a frame of its own is shown')
    t.notMatch(shown[0], 'id="app"', 'but not that of the application')
  }
})

const events = (database: { prepare(sql: string): { pluck(): { get(): unknown } } }) =>
  Number(
    database.prepare("SELECT count(*) FROM auth_events WHERE type = 'cross-origin-refused'").pluck().get(),
  )

/** The server of another owner. @returns its address, which ends with a slash */
async function foreignPage(t: Test, host: string, framing = ''): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<title>Foreign</title><p>a foreign page</p>${request.url === '/framing' ? framing : ''}`)
  })
  await once(server.listen(0, host), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return `http://${host}:${(server.address() as AddressInfo).port}/`
}

/** As it is printed, but for where the service of this test listens. */
const proxyTo = (origin: string) => printed('server: {').replaceAll('http://localhost:3000', origin)

test('pages behind the proxy of Vite have the origin of the service, as examples/README.md says', async (t, world) => {
  const pages = await vitePages(t)
  await pages.serve(proxyTo(world.service.origin))
  await signsUpAndStaysSignedIn(t, world, pages.origin)
})

test('pages on a trusted sibling origin send and receive cookies', async (t, world) => {
  await trusted.serve('', { VITE_SERVICE_URL: world.service.origin })
  await signsUpAndStaysSignedIn(t, world, trusted.origin)
})

test('pages on an untrusted sibling origin get no answer', async (t, world) => {
  const pages = await vitePages(t)
  await pages.serve('', { VITE_SERVICE_URL: world.service.origin })
  const page = await openPage(t, world, pages.origin)
  t.equal(await call(page, 'POST', '/auth/register', account), 'UNREACHABLE')
  t.equal(await call(page, 'GET', '/me'), 'UNREACHABLE')
})

const account = { email: 'ada@example.com', password: PASSWORD }

async function signsUpAndStaysSignedIn(t: Test, world: World, origin: string): Promise<void> {
  const page = await openPage(t, world, origin)
  await page.getByText('nobody is signed in').waitFor()

  t.equal(await call(page, 'POST', '/auth/register', account), 'done')
  t.equal(await call(page, 'PATCH', '/me', { name: 'Ada' }), 'done')
  await letExpire(page.context(), world.service)
  t.equal(await call(page, 'GET', '/me'), 'done', 'a request whose access token has expired is answered')
  t.equal(await heldBy(page.context()), 2, 'and has brought the next')
  await page.reload()
  await page.getByText(account.email).waitFor()

  await call(page, 'DELETE', '/me', { currentPassword: PASSWORD })
  t.equal(await call(page, 'GET', '/me'), 'TOKEN_MISSING')
  await page.getByText('nobody is signed in').waitFor()
  t.equal(await call(page, 'POST', '/auth/login', account), 'LOGIN_FAILED', 'the account is gone')
}

async function openPage(t: Test, { browser }: World, origin: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: origin })
  t.teardown(() => context.close())
  const page = await context.newPage()
  await page.goto('/')
  await page.waitForFunction("'call' in window")
  return page
}

/** Calls as the page's own code does. @returns the code of a refusal, or that it was done */
const call = (page: Page, ...parameters: unknown[]): Promise<string> =>
  page.evaluate(`call(...${JSON.stringify(parameters)}).then(() => 'done', ({ code }) => code)`)
