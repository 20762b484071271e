import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { PASSWORD } from '../support/app.ts'
import { CHROMIUM_OPTIONS, findChromium } from '../support/find-chromium.ts'
import type { Person, Service } from './service.ts'

const browsers = new WeakMap<Service, Promise<Browser>>()

/** The views of somebody who is signed in; those of admin are for administrators. */
export const VIEWS = ['live', 'account', 'admin/users', 'admin/events'] as const

/** Opens a view of the pages in a real browser, in a profile of its own. */
export async function visit(service: Service, view = ''): Promise<Page> {
  const launched =
    browsers.get(service) ??
    chromium.launch({ executablePath: findChromium() as string, args: CHROMIUM_OPTIONS })
  if (!browsers.has(service)) service.teardown(async () => (await launched).close())
  browsers.set(service, launched)
  const context = await (await launched).newContext({ baseURL: `http://localhost:${service.port}` })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  await page.goto(`/#/${view}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return page
}

/** The same for somebody who has signed in by the form. */
export async function visitAs(service: Service, { email }: Person, view = 'account'): Promise<Page> {
  const page = await visit(service)
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await signOutOf(page).waitFor()
  await goTo(page, view)
  return page
}

export const signOutOf = (page: Page): Locator => page.getByRole('button', { name: 'Sign out', exact: true })

export async function goTo(page: Page, view: string): Promise<void> {
  await page.goto(`/#/${view}`)
  await page.waitForLoadState('networkidle')
}

const PASSWORDS = 'input[name*="assword"]'

export const passwordsIn = (page: Page): Promise<Locator[]> => page.locator(PASSWORDS).all()

/** Every view that asks for a password, as whoever may see it. */
export async function viewsWithPasswords(service: Service): Promise<Page[]> {
  const pages = [
    await visit(service),
    await visit(service, 'create-account'),
    await visitAs(service, await service.person()),
  ]
  for (const page of pages) await page.locator(PASSWORDS).first().waitFor()
  return pages
}

/** Every field for a password takes what is pasted, and says to programs which password belongs there. */
export async function takesPastedPasswords(t: Test, service: Service): Promise<void> {
  for (const page of await viewsWithPasswords(service)) {
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(PASSWORD)})`)
    for (const field of await passwordsIn(page)) {
      if (!(await field.isVisible())) await page.locator('summary').last().click()
      await field.focus()
      await page.keyboard.press('ControlOrMeta+v')
      t.equal(await field.inputValue(), PASSWORD)
      t.match(await field.getAttribute('autocomplete'), /^(current|new)-password$/)
    }
    await page.context().close()
  }
}

/** Every field for a password has a button that shows it, and hides it again. */
export async function showsPasswords(t: Test, service: Service): Promise<void> {
  for (const page of await viewsWithPasswords(service)) {
    const buttons = await page.locator('button', { hasText: /^Show/ }).all()
    t.equal(buttons.length, (await passwordsIn(page)).length, page.url())
    for (const [index, button] of buttons.entries()) {
      const type = () => page.locator(PASSWORDS).nth(index).getAttribute('type')
      if (!(await button.isVisible())) await page.locator('summary').last().click()
      await button.click()
      t.equal(await type(), 'text')
      await button.click()
      t.equal(await type(), 'password')
    }
    await page.context().close()
  }
}
