import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { browserTests, type World } from '../../support/browser-service.ts'

const test = browserTests(t)

/** A page of the application, for a caller whom the service does not know. */
async function visit(t: Test, { browser, service }: World, view = ''): Promise<Page> {
  const context = await browser.newContext({ baseURL: service.origin })
  t.teardown(() => context.close())
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  await page.goto(`/#/${view}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

const signOutOf = (page: Page): Locator => page.getByRole('button', { name: 'Sign out', exact: true })

const PASSWORDS = 'input[name*="assword"]'

/** Every view that has fields for passwords. */
async function viewsWithPasswords(t: Test, world: World): Promise<Page[]> {
  const { context, open } = await world.person(t, `fields-${Math.random()}`)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const pages = [await visit(t, world), await visit(t, world, 'create-account'), await open('account')]
  for (const page of pages) await page.locator(PASSWORDS).first().waitFor()
  return pages
}

/** The field of a view is within what is folded up. */
async function unfold(page: Page, element: Locator): Promise<void> {
  if (!(await element.isVisible())) await page.locator('summary').last().click()
}

test('masks every field for a password until its button shows it', async (t, world) => {
  for (const page of await viewsWithPasswords(t, world)) {
    const fields = await page.locator(PASSWORDS).all()
    const buttons = await page.locator('button', { hasText: /^Show/ }).all()
    t.equal(buttons.length, fields.length, page.url())
    for (const [place, button] of buttons.entries()) {
      const type = () => page.locator(PASSWORDS).nth(place).getAttribute('type')
      t.equal(await type(), 'password')
      await unfold(page, button)
      await button.click()
      t.equal(await type(), 'text')
      await button.click()
      t.equal(await type(), 'password')
    }
  }
})

test('takes a pasted password whole, and tells password managers which one belongs there', async (t, world) => {
  for (const page of await viewsWithPasswords(t, world)) {
    await page.bringToFront()
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(PASSWORD)})`)
    for (const field of await page.locator(PASSWORDS).all()) {
      await unfold(page, field)
      await field.focus()
      await page.keyboard.press('ControlOrMeta+v')
      t.equal(await field.inputValue(), PASSWORD)
      t.match(await field.getAttribute('autocomplete'), /^(current|new)-password$/)
    }
  }
})

test('shows a name and a browser that are made of HTML as they were written', async (t, world) => {
  const markup = '<img src=x onerror="document.title=1"><b id=smuggled>'
  const ada = await world.person(t, 'markup')
  const [data, headers] = [{ name: markup }, { origin: world.service.origin }]
  t.ok((await ada.context.request.patch('/me', { data, headers })).ok())
  world.service.database.prepare('UPDATE sessions SET user_agent = ?').run(markup)
  const own = await ada.open('account')
  await own.getByRole('banner').getByText(markup, { exact: true }).waitFor()
  const administrator = await (await world.person(t, 'markup-reader', 'admin')).open('account')
  await administrator.goto('/#/admin/users')
  await administrator.getByText(markup).first().waitFor()
  for (const page of [own, administrator]) {
    t.equal(await page.locator('main img, #smuggled').count(), 0)
    t.not(await page.title(), '1')
  }
})

test('has modules for scripts, which leave no variable at the window', async (t, world) => {
  const page = await visit(t, world)
  const globals = async () => (await page.evaluate<string[]>('Object.keys(window)')).toSorted()
  const withScripts = await globals()
  t.equal(await page.locator('script:not([type=module])').count(), 0)
  t.ok((await page.locator('script[type=module]').count()) > 0)
  await page.goto('/health/live')
  t.same(withScripts, await globals())
})

test('has a button in every view that signs out', async (t, world) => {
  const page = await (await world.person(t, 'leaving', 'admin')).open('account')
  for (const view of ['live', 'account', 'admin/users', 'admin/events']) {
    await page.goto(`/#/${view}`)
    await page.waitForLoadState('networkidle')
    t.ok(await signOutOf(page).isVisible(), view)
  }
  await signOutOf(page).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.equal(await page.evaluate("fetch('/me').then(({ status }) => status)"), 401)
})

/** What a page can have stored, as JSON. */
const STORED = `(async () => JSON.stringify({
  local: { ...localStorage },
  session: { ...sessionStorage },
  databases: await indexedDB.databases(),
  caches: await caches.keys(),
}))()`

test('keeps nothing of a person after signing out, but for the cookie of a known browser', async (t, world) => {
  const { email, context, open } = await world.person(t, 'cleared')
  const data = { name: 'Ada of the cleared page' }
  const renamed = await context.request.patch('/me', { data, headers: { origin: world.service.origin } })
  const { user } = (await renamed.json()) as { user: { id: string } }
  const page = await open('account')
  const held = async () => `${await page.content()} ${await page.evaluate(STORED)}`
  t.match(await held(), data.name)
  await signOutOf(page).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  const after = await held()
  for (const word of [email, data.name, user.id]) t.notOk(after.includes(word), word)
  t.match(after, '{"local":{},"session":{},"databases":[],"caches":[]}')
  t.same(
    (await context.cookies()).map(({ name }) => name),
    ['device'],
  )
})
