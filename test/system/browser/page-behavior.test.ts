import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { signInAt } from '../../support/browser.ts'
import { browserTests, isSignedIn, startService, until, type World } from '../../support/browser-service.ts'

const test = browserTests(t)

/** A tab of a visitor without cookies, and all errors in its console. */
async function visit(t: Test, { browser }: World, url: string) {
  const context = await browser.newContext()
  t.teardown(() => context.close())
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  return { page, errors }
}

const address = (page: Page) => new URL(page.url()).hash

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click()

/** Presses a button, and answers the dialog that it opens. */
async function confirm(page: Page, name: string | RegExp, answer: string): Promise<void> {
  await press(page, name)
  await page.getByRole('dialog').getByRole('button', { name: answer }).click()
}

const lookAgain = (page: Page) => page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

test('writes no error to the console of a first visitor, who signs in and comes back', async (t, world) => {
  const { email } = await world.person(t, 'visitor')
  const { page, errors } = await visit(t, world, world.service.origin)
  const requests: string[] = []
  page.on('request', (request) => {
    const { pathname } = new URL(request.url())
    if (!pathname.startsWith('/assets/')) requests.push(pathname)
  })
  await lookAgain(page)
  await until(() => requests.length > 0)
  t.strictSame(requests, ['/'], 'it asks for the page again, and not for the account')
  t.equal(await page.evaluate('document.activeElement.name'), 'email', 'the first field has the focus')

  await page.keyboard.type(email)
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  t.strictSame(errors, [])
})

test('notices at its return that another page has signed in', async (t, world) => {
  const { page } = await visit(t, world, world.service.origin)
  const { email } = await world.person(t, 'elsewhere')
  const data = { email, password: PASSWORD }
  const headers = { origin: world.service.origin }
  await page.context().request.post(`${world.service.origin}/auth/login`, { data, headers })
  await lookAgain(page)
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  t.ok(await isSignedIn(page))
})

test('removes a refusal when its fields change', async (t, world) => {
  const { page } = await visit(t, world, world.service.origin)
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('unknown@example.com')
  await page.getByRole('textbox', { name: 'Password' }).fill(`not ${PASSWORD}`)
  await page.keyboard.press('Enter')
  const refusal = page.locator('form .refusal')
  await refusal.waitFor()
  await page.keyboard.type('x')
  await refusal.waitFor({ state: 'detached' })
})

test('says how many characters a new password needs, and counts those that are missing', async (t, world) => {
  const { page } = await visit(t, world, `${world.service.origin}/#/create-account`)
  const hint = page.locator('.hint')
  t.match(await hint.innerText(), /^At least 15 characters\. /)
  const field = page.getByRole('textbox', { name: 'Password' })
  for (const [typed, said] of [
    ['𝒻our', '11 characters more to go.'],
    ['fourteen chars', '1 character more to go.'],
    ['fifteen charact', '15 characters: long enough.'],
  ] as const) {
    await field.fill(typed)
    await hint.getByText(said).waitFor()
  }
})

test('asks before it ends other sessions', async (t, world) => {
  const { email, open } = await world.person(t, 'asked')
  await signInAt(world.service.port, email)
  const page = await open('account')
  const others = page.getByRole('button', { name: 'Sign out all other devices' })
  await confirm(page, 'Sign out all other devices', 'Cancel')
  t.equal(await page.getByRole('dialog').count(), 0)
  // Nothing has ended.
  await page.reload()
  await others.waitFor()
  await confirm(page, 'Sign out all other devices', 'Yes, sign them out')
  await page.getByText('All other devices have been signed out.').waitFor()
  await others.waitFor({ state: 'detached' })
})

test('has the address #/ after signing out, and says that an address has no page', async (t, world) => {
  const { open } = await world.person(t, 'addresses')
  const page = await open('account')
  await page.goto('/#/acount')
  await page.getByRole('heading', { name: 'Page not found' }).waitFor()
  await page.getByRole('link', { name: 'go to the first page' }).click()
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  await page.goto('/#/account')
  await press(page, /^Sign out$/)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.equal(address(page), '#/')
})

test('lets an administrator end one session and unlock an account, and shows the new events', async (t, world) => {
  const ada = await world.person(t, 'ada')
  await signInAt(world.service.port, ada.email)
  const admin = await world.person(t, 'admin', 'admin')
  const page = await admin.open('account')
  await page.goto('/#/admin/users')
  await page.getByRole('link', { name: ada.email }).click()

  await confirm(page, /^Sign out Unknown device/, 'Yes, sign out')
  await page.getByText('Unknown device has been signed out.').waitFor()
  await page.getByText('Session ended').waitFor()
  const actor = page.getByRole('link', { name: admin.email })
  await actor.waitFor()
  t.equal(await actor.count(), 1, 'the event names the administrator')
  await press(page, 'Unlock sign-in')
  await page.getByText('Sign-in opened again').waitFor()
  await confirm(page, 'Disable this account', 'Cancel')
  t.equal(await page.getByText('disabled', { exact: true }).count(), 0)
  await confirm(page, 'Disable this account', 'Yes, disable')
  await page.getByText('Account disabled').waitFor()
  await page.getByText('Not signed in anywhere.').waitFor()
  await page.goto('/#/admin/events')
  await page.getByRole('link', { name: ada.email }).first().waitFor()
})

test('lets an administrator delete another account after a confirmation, and not their own', async (t, world) => {
  const eve = await world.person(t, 'eve')
  const admin = await world.person(t, 'deleter', 'admin')
  const theirs = await eve.open('account')
  const page = await admin.open('account')
  await page.goto('/#/admin/users')
  await page.getByRole('link', { name: eve.email }).click()
  await confirm(page, 'Delete this account', 'Cancel')
  await page.reload()
  await confirm(page, 'Delete this account', 'Yes, delete for good')
  await page.getByText(`The account of ${eve.email} has been deleted.`).waitFor()
  t.equal(address(page), '#/admin/users')
  await page.getByRole('link', { name: admin.email }).waitFor()
  t.equal(await page.getByRole('link', { name: eve.email }).count(), 0)
  await lookAgain(theirs)
  await theirs.getByRole('heading', { name: 'Sign in' }).waitFor()

  await page.getByRole('link', { name: admin.email }).click()
  await page.getByText('You delete your own account in the Account view.').waitFor()
  t.equal(await page.getByRole('button', { name: 'Delete this account' }).count(), 0)
  await page.goto('/#/admin/users')
  await page.getByRole('link', { name: admin.email }).waitFor()
  t.equal(await page.getByText('has been deleted').count(), 0)
})

test('begins with the account and leaves Live out where the service is not in development', async (t, world) => {
  const { origin } = await startService(t, { NODE_ENV: 'test', PAGES: 'true' })
  const { page } = await visit(t, world, `${origin}/#/create-account`)
  await page.getByRole('textbox', { name: 'E-mail address' }).fill('ada@example.com')
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Account', exact: true }).waitFor()
  t.equal(await page.getByRole('link', { name: 'Live' }).count(), 0)
  await page.goto(`${origin}/#/live`)
  await page.getByRole('heading', { name: 'Page not found' }).waitFor()
})
