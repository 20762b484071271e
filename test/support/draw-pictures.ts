/**
 * Draws the pictures of the pages for the README: `npm run pictures` writes them to docs/pictures,
 * light, dark and on a phone. No test asserts them.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import BetterSqlite from 'better-sqlite3'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { PASSWORD } from './app.ts'
import { drawMail } from './draw-mail.ts'
import { CHROMIUM_OPTIONS, findChromium } from './find-chromium.ts'
import { startServer } from './processes.ts'

const FOLDER = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
const DESK = { width: 1_120, height: 760 }
const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light', viewport: DESK },
  dark: { colorScheme: 'dark', viewport: DESK },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 760 }, isMobile: true, hasTouch: true },
}
const PEOPLE = ['Ada Lovelace', 'Alan Turing', 'Grace Hopper', 'Edsger Dijkstra', 'Barbara Liskov']
const address = (name: string) => `${name.split(' ')[0]?.toLowerCase()}@example.com`

const ends: (() => unknown)[] = []
const scope = { teardown: (end: () => unknown) => ends.unshift(end) }
try {
  await drawAll()
} finally {
  for (const end of ends) await end()
}

async function drawAll(): Promise<void> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('no Chromium is installed: CHROME_PATH says where one is')
  mkdirSync(FOLDER, { recursive: true })
  const directory = mkdtempSync(join(tmpdir(), 'tacit-'))
  scope.teardown(() => rmSync(directory, { recursive: true }))
  const databasePath = join(directory, 'tacit.db')
  const { port } = await startServer(scope, databasePath, {
    NODE_ENV: 'development',
    ACCESS_TOKEN_TTL: '10s',
    ROTATION_SETTLE: '3s',
    ROTATION_GRACE: '2s',
  })
  const origin = `http://localhost:${port}`
  await populate(origin, databasePath)
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_OPTIONS })
  scope.teardown(() => browser.close())
  await Promise.all(Object.entries(LOOKS).map(([name, look]) => draw(browser, origin, name, look)))
}

/** People with accounts, the first of them an administrator. */
async function populate(origin: string, databasePath: string): Promise<void> {
  for (const name of PEOPLE) {
    const response = await fetch(`${origin}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: address(name), password: PASSWORD, name }),
    })
    if (response.status !== 201) throw new Error(`could not sign up: ${response.status}`)
  }
  const database = new BetterSqlite(databasePath)
  database.prepare("UPDATE users SET role = 'admin' WHERE email = ?").run(address(PEOPLE[0] as string))
  database.close()
}

async function draw(
  browser: Browser,
  origin: string,
  look: string,
  options: BrowserContextOptions,
): Promise<void> {
  const context = await browser.newContext({ ...options, baseURL: origin })
  const page = await context.newPage()
  const picture = (name: string) => shoot(page, name, look)

  await page.goto('/')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await picture('sign-in')

  await signIn(page)
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  // Long enough for a silent refresh to be seen.
  await page.waitForTimeout(12_000)
  await page.getByRole('button', { name: 'Twenty requests at once' }).click()
  await page.getByText('20 answers of 200').waitFor()
  await page.getByRole('button', { name: 'Upload slowly' }).click()
  await page.getByText('The upload took').waitFor()
  await picture('live')

  await page.goto('/#/account')
  await page.getByText('this device').waitFor()
  await picture('account')

  await page.goto('/#/admin/users')
  await page.getByRole('link', { name: PEOPLE[1] as string }).waitFor()
  await picture('administration')

  await drawMail(browser, look, { ...options, baseURL: origin }, (of, name) => shoot(of, name, look))
}

async function shoot(page: Page, name: string, look: string): Promise<void> {
  await page.screenshot({ path: `${FOLDER}${name}-${look}.png` })
}

async function signIn(page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(address(PEOPLE[0] as string))
  await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}
