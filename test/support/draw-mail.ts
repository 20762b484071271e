/** Draws the pictures of the pages about mail for docs/mail.md. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { PASSWORD } from './app.ts'

type Draw = (page: Page, name: string) => Promise<unknown>

const NEXT = 'a violet horse in the battery'

export async function drawMail(
  browser: Browser,
  look: string,
  options: BrowserContextOptions,
  draw: Draw,
): Promise<void> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const email = `margaret.${look}@example.com`

  await page.goto('/#/create-account')
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor()
  await open(page, email, 'confirm-address')
  await page.getByRole('heading', { name: 'Confirm your address' }).waitFor()
  await draw(page, 'confirm-address')
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await page.getByText('Confirmed.').waitFor()

  await page.goto('/#/account')
  await page.getByLabel('New e-mail address').fill(`new.${email}`)
  await page.getByLabel('Password of the account', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Send a link to it' }).click()
  await page.getByText('We have sent a mail to').scrollIntoViewIfNeeded()
  await draw(page, 'change-address')
  await open(page, `new.${email}`, 'confirm-address')
  await page.getByRole('button', { name: 'Confirm the address' }).click()
  await page.getByText('Confirmed.').waitFor()
  await open(page, email, 'keep-address')
  await page.getByRole('heading', { name: 'Keep your address' }).waitFor()
  await draw(page, 'keep-address')
  await page.getByRole('button', { name: 'Keep this address' }).click()
  await page.getByRole('heading', { name: 'Your account has this address' }).waitFor()

  await page.getByRole('link', { name: 'Choose a new password' }).click()
  await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
  await page.getByLabel('E-mail address').fill(email)
  await draw(page, 'forgot')
  await page.getByRole('button', { name: 'Send the mail' }).click()
  await page.getByRole('heading', { name: 'We have sent you a mail' }).waitFor()
  await draw(page, 'mail-sent')
  await open(page, email, 'new-password')
  await page.getByLabel('New password', { exact: true }).fill(NEXT)
  await draw(page, 'new-password')
  await context.close()
}

/** Opens the link to a page in the newest mail to an address. */
async function open(page: Page, email: string, path: string): Promise<void> {
  await page.goto('/demo/mail')
  const mail = page.getByRole('article').filter({ hasText: `→ ${email},` })
  await mail
    .getByRole('link', { name: new RegExp(`#/${path}/`) })
    .first()
    .click()
}
