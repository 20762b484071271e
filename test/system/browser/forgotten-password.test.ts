/** The links in mail: a forgotten password, an address to confirm, and an invitation. */
import type { Page } from 'playwright-core'
import t from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { browserTests, isSignedIn, startService } from '../../support/browser-service.ts'

const test = browserTests(t)
const NEXT = 'a violet horse in the battery'

test('a person who forgot the password opens the mail, chooses another and signs in', async (t, world) => {
  const { origin } = world.service
  const ada = await world.person(t, 'forgetful')
  const other = await ada.open('account')
  // Another browser than the one that is signed in.
  const context = await world.browser.newContext({ baseURL: origin })
  t.teardown(() => context.close())
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  await page.goto('/')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  // The view before it has a field of the same name.
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await page.getByLabel('E-mail address').fill(ada.email)
  await page.getByRole('button', { name: 'Send the mail' }).click()
  await page.getByRole('heading', { name: 'We have sent you a mail' }).waitFor()
  t.equal(await page.getByRole('button', { name: 'Send it again' }).count(), 0, 'after a pause')

  const [mail] = await Promise.all([
    context.waitForEvent('page'),
    page.getByRole('link', { name: /^Open the mail/ }).click(),
  ])
  const link = mail.getByRole('link', { name: /#\/new-password\// }).first()
  const href = String(await link.getAttribute('href'))
  t.ok(href.startsWith(`${origin}/#/new-password/`))
  await link.click()
  await mail.getByRole('heading', { name: 'Choose a new password' }).waitFor()
  t.ok(await isSignedIn(other), 'opening the link changes nothing')

  const password = mail.getByLabel('New password', { exact: true })
  await password.fill('short')
  await mail.getByRole('button', { name: 'Change password' }).click()
  await mail.getByRole('alert').getByText('This password is too short.').waitFor()
  await password.fill(NEXT)
  await mail.getByRole('button', { name: 'Change password' }).click()
  await mail.getByRole('heading', { name: 'Your password has been changed' }).waitFor()
  t.notOk(mail.url().includes(href.split('/').at(-1) as string), 'the address has no token any more')
  await mail.getByRole('link', { name: 'Sign in with the new password' }).click()

  const signIn = async (value: string) => {
    await mail.getByLabel('E-mail address').fill(ada.email)
    await mail.getByLabel('Password', { exact: true }).fill(value)
    await mail.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  await signIn(PASSWORD)
  await mail.getByRole('alert').getByText('not correct').waitFor()
  await signIn(NEXT)
  await mail.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
  await other.reload()
  await other.getByRole('heading', { name: 'Sign in' }).waitFor()

  await page.goto(href)
  await page.getByLabel('New password', { exact: true }).fill(`${NEXT} again`)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByRole('alert').getByText('This link is not valid any more.').waitFor()
  await page.getByRole('link', { name: 'Ask for another mail' }).click()
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  t.strictSame(problems, [])
})

test('sends the mail again after a pause', async (t, world) => {
  const context = await world.browser.newContext({ baseURL: world.service.origin })
  t.teardown(() => context.close())
  const page = await context.newPage()
  await page.clock.install()
  await page.goto('/#/forgot-password')
  await page.getByLabel('E-mail address').fill('unknown@example.com')
  await page.getByRole('button', { name: 'Send the mail' }).click()
  await page.getByRole('heading', { name: 'We have sent you a mail' }).waitFor()
  await page.clock.runFor(31_000)
  await page.getByRole('button', { name: 'Send it again' }).click()
  await page.getByRole('status').getByText('Sent again.').waitFor()
  t.equal(await page.getByRole('button', { name: 'Send it again' }).count(), 0)
})

test('turns mail about sign-ins off in the account', async (t, world) => {
  const ada = await world.person(t, 'quiet')
  const page = await ada.open('account')
  const box = page.getByLabel('Mail me about sign-ins from new browsers')
  t.ok(await box.isChecked())
  await box.click()
  await page.getByRole('status').getByText('Saved.').first().waitFor()
  await page.reload()
  await box.waitFor()
  t.notOk(await box.isChecked())
})

test('a person confirms the address by the button, and not by opening the link', async (t, world) => {
  const ada = await world.person(t, 'confirmed')
  const page = await ada.open('account')
  await page.getByText(`The address ${ada.email} is not confirmed.`).waitFor()
  await page.getByRole('button', { name: 'Send the mail again' }).click()
  await page.getByRole('status').getByText('A mail is on its way').waitFor()
  t.equal(await page.getByRole('button', { name: 'Send the mail again' }).count(), 0, 'until a pause is over')
  await page.goto('/demo/mail')
  await page
    .getByRole('article')
    .filter({ hasText: ada.email })
    .first()
    .getByRole('link', { name: /#\/confirm-address\// })
    .click()
  await page.getByRole('heading', { name: 'Confirm your address' }).waitFor()
  const isConfirmed = () =>
    world.service.database
      .prepare('SELECT email_confirmed_at FROM users WHERE email = ?')
      .pluck()
      .get(ada.email) !== null
  t.notOk(isConfirmed())
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await page.getByText('Confirmed.').waitFor()
  t.ok(isConfirmed())
  await page.getByRole('link', { name: 'Go on' }).click()
  await page.goto('/#/account')
  await page.getByText('this device').waitFor()
  t.equal(await page.getByText('is not confirmed').count(), 0)
})

/** Opens the newest mail to an address, and follows its link to a page. */
async function follow(page: Page, email: string, path: string): Promise<void> {
  await page.goto('/demo/mail')
  await page
    .getByRole('article')
    .filter({ hasText: email })
    .first()
    .getByRole('link', { name: new RegExp(`#/${path}/`) })
    .click()
}

async function signInOn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

test('a person whose address must be confirmed registers, opens the mail and signs in', async (t, world) => {
  const { origin } = await startService(t, { EMAIL_VERIFICATION: 'required' })
  const context = await world.browser.newContext({ baseURL: origin })
  t.teardown(() => context.close())
  const page = await context.newPage()
  await page.clock.install()
  const email = 'new@example.com'
  await page.goto('/#/create-account')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('heading', { name: 'We have sent you a mail' }).waitFor()
  await page.getByText(`A mail to ${email} is on its way.`).waitFor()
  t.equal(await page.getByRole('button', { name: 'Send it again' }).count(), 0, 'after a pause')
  await page.clock.runFor(31_000)
  await page.getByRole('button', { name: 'Send it again' }).click()
  await page.getByRole('status').getByText('Sent again.').waitFor()

  await page.getByRole('link', { name: 'Back to the sign-in' }).click()
  await signInOn(page, email, PASSWORD)
  await page.getByRole('alert').getByText('not correct').waitFor()
  await follow(page, email, 'confirm-address')
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await page.getByText('Confirmed.').waitFor()
  await page.getByRole('link', { name: 'Go on' }).click()
  await signInOn(page, email, PASSWORD)
  await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
})

test('an administrator invites a person, who chooses a password and signs in', async (t, world) => {
  const root = await world.person(t, 'inviting', 'admin')
  const page = await root.open('account')
  const email = 'invited@example.com'
  await page.goto('/#/admin/users')
  await page.getByText('Invite a person…').click()
  const form = page.getByRole('group').filter({ hasText: 'Invite a person…' })
  await form.getByLabel('E-mail address', { exact: true }).fill(email)
  await form.getByLabel('Role').waitFor()
  await form.getByRole('button', { name: 'Send the invitation' }).click()
  await page.getByRole('status').getByText(`An invitation to ${email} is on its way.`).waitFor()
  await page.getByRole('link', { name: email }).click()
  await page.getByText('This account has no password yet.').waitFor()
  await page.getByRole('button', { name: 'Invite again' }).click()
  await page.getByRole('status').getByText(`An invitation to ${email} is on its way.`).waitFor()

  const context = await world.browser.newContext({ baseURL: world.service.origin })
  t.teardown(() => context.close())
  const invited = await context.newPage()
  await follow(invited, email, 'invitation')
  await invited.getByRole('heading', { name: 'Choose a password' }).waitFor()
  await invited.getByLabel('New password', { exact: true }).fill(NEXT)
  await invited.getByRole('button', { name: 'Set password' }).click()
  await invited.getByRole('heading', { name: 'Your account is ready' }).waitFor()
  t.ok(invited.url().endsWith('#/invitation'), 'the address has no token any more')
  await invited.goto('/#/sign-in')
  await signInOn(invited, email, NEXT)
  await invited.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
})

test('a person changes the address, and puts the old one back by its mail', async (t, world) => {
  const ada = await world.person(t, 'moving')
  const page = await ada.open('account')
  const next = `new.${ada.email}`
  const emailOf = () =>
    world.service.database
      .prepare('SELECT email FROM users WHERE email IN (?, ?)')
      .pluck()
      .get(ada.email, next)
  const openLink = async (email: string, path: RegExp) => {
    await page.goto('/demo/mail')
    const mail = page.getByRole('article').filter({ hasText: `→ ${email},` })
    await mail.getByRole('link', { name: path }).first().click()
  }

  await page.clock.install()
  await page.getByLabel('New e-mail address').fill(next)
  await page.getByLabel('Password of the account', { exact: true }).fill('a wrong one of fair length')
  await page.getByRole('button', { name: 'Send a link to it' }).click()
  await page.getByRole('alert').getByText('The current password is not correct.').waitFor()
  await page.getByLabel('Password of the account', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Send a link to it' }).click()
  await page.getByRole('status').getByText(`We have sent a mail to ${next}.`).waitFor()
  const again = page.getByRole('button', { name: 'Send it again, or to another address' })
  t.equal(await again.count(), 0, 'after a pause')
  await page.clock.runFor(31_000)
  await again.click()
  t.equal(await page.getByLabel('New e-mail address').inputValue(), next)

  await openLink(next, /#\/confirm-address\//)
  await page.getByRole('heading', { name: 'Confirm your address' }).waitFor()
  t.equal(emailOf(), ada.email, 'opening the link changes nothing')
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await page.getByText('Confirmed.').waitFor()
  t.equal(emailOf(), next)
  await page.goto('/#/account')
  await page.getByText(`${next}, since`).waitFor()

  await openLink(ada.email, /#\/keep-address\//)
  await page.getByRole('heading', { name: 'Keep your address' }).waitFor()
  t.equal(emailOf(), next)
  await page.getByRole('button', { name: 'Keep this address' }).click()
  await page.getByRole('heading', { name: 'Your account has this address' }).waitFor()
  t.equal(emailOf(), ada.email)
  t.notMatch(page.url(), /keep-address\/./, 'the address has no token any more')
  await page.getByRole('link', { name: 'Choose a new password' }).click()
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await page.goto('/#/account')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})
