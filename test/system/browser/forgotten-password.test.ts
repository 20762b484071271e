/** A forgotten password, from the sign-in page over the mail to a new one. */
import t from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { browserTests, isSignedIn } from '../../support/browser-service.ts'

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
  await page.getByLabel('E-mail address').fill('nobody@example.com')
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
