import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { browserTests, heldBy, letExpire, type World } from '../../support/browser-service.ts'
import { printed, vitePages } from '../../support/vite-pages.ts'

const trusted = await vitePages(t)
const test = browserTests(t, { TRUSTED_ORIGINS: trusted.origin })

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
