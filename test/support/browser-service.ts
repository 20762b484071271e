/**
 * The common parts of tests with a browser: one Chromium for a process, one service for a file, and a
 * profile for every user. Without an installed Chromium the tests are skipped by name, unless
 * TACIT_REQUIRE_BROWSER forbids it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type BetterSqlite from 'better-sqlite3'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { readRefreshToken } from '../../src/protocol/refresh-token.ts'
import { PASSWORD } from './app.ts'
import { countRotations, expire, generationOf, letTimePass, openBeside } from './browser.ts'
import { temporaryDatabase } from './database.ts'
import { BROWSER_STEP_MS, CHROMIUM_OPTIONS, findChromium, WITHOUT_CHROMIUM } from './find-chromium.ts'
import { Jar } from './jar.ts'
import { startServer } from './processes.ts'
import { claimsOf } from './tokens.ts'

export interface Service {
  readonly origin: string
  readonly port: number
  readonly databasePath: string
  /** The same database, from outside. */
  readonly database: BetterSqlite.Database
  /** How many rotations have been written, of whichever session. */
  rotations(): number
}

export interface World {
  readonly browser: Browser
  readonly service: Service
  /** A signed-in user with an account, in a profile of their own that ends with the test. */
  person(t: Test, name: string, role?: 'admin'): Promise<Person>
}

/** The text that a view shows once its last answer has arrived. */
const SIGNS = { account: 'this device', live: 'GET /me' } as const

export interface Person {
  readonly email: string
  readonly context: BrowserContext
  /**
   * Opens a view of the application in a new tab, and waits for the view and its requests.
   * @param port of a proxy to the service, if the page asks through one
   */
  open(view: keyof typeof SIGNS, port?: number): Promise<Page>
  /** The generation of the session, as the database has it. */
  generation(): Promise<number>
  /** The generation that the browser's own refresh token is of. */
  holds(): Promise<number>
}

/**
 * `test(title, run)` for a file whose tests share a browser and a service. The first test starts
 * them.
 */
export function browserTests(file: Test, settings: Partial<Environment> = {}) {
  const executablePath = findChromium()
  let world: Promise<World> | undefined
  return (title: string, run: (t: Test, world: World) => Promise<void>) =>
    file.test(title, { skip: executablePath === undefined && WITHOUT_CHROMIUM }, async (t) => {
      world ??= openWorld(file, executablePath as string, settings)
      await run(t, await world)
    })
}

/** One browser for the test files of a process. A user has a profile of their own. */
let launched: Promise<Browser> | undefined

function launch(file: Test, executablePath: string): Promise<Browser> {
  launched ??= (async () => {
    const browser = await chromium.launch({
      executablePath,
      args: CHROMIUM_OPTIONS,
      timeout: BROWSER_STEP_MS,
    })
    browser.on('context', (context) => context.setDefaultTimeout(BROWSER_STEP_MS))
    file.teardown(() => browser.close())
    return browser
  })()
  return launched
}

async function openWorld(file: Test, executablePath: string, settings: Partial<Environment>): Promise<World> {
  const [service, browser] = await Promise.all([startService(file, settings), launch(file, executablePath)])
  return { browser, service, person: (t, name, role) => person(t, browser, service, name, role) }
}

/** The service with its pages, as a process on a port and a database file of its own. */
export async function startService(t: Test, settings: Partial<Environment> = {}): Promise<Service> {
  const databasePath = temporaryDatabase(t)
  const { port } = await startServer(t, databasePath, { NODE_ENV: 'development', ...settings })
  const database = openBeside(t, databasePath)
  return {
    origin: `http://localhost:${port}`,
    port,
    databasePath,
    database,
    rotations: countRotations(database),
  }
}

async function person(
  t: Test,
  browser: Browser,
  { origin, port: ownPort, database }: Service,
  name: string,
  role?: 'admin',
): Promise<Person> {
  const email = `${name}@example.com`
  const context = await browser.newContext({ baseURL: origin })
  t.teardown(() => context.close())
  const data = { email, password: PASSWORD }
  const registered = await context.request.post('/auth/register', { data })
  if (!registered.ok()) throw new Error(`could not sign up: ${registered.status()}`)
  if (role !== undefined) {
    database.prepare('UPDATE users SET role = ? WHERE email = ?').run(role, email)
    const signedIn = await context.request.post('/auth/login', { data, headers: { origin } })
    if (!signedIn.ok()) throw new Error(`could not sign in: ${signedIn.status()}`)
  }
  return {
    email,
    context,
    generation: async () => generationOf(database, await jarOf(context)),
    holds: () => heldBy(context),
    async open(view, port = ownPort) {
      const page = await context.newPage()
      await page.goto(`http://localhost:${port}/#/${view}`)
      await page.getByText(SIGNS[view]).first().waitFor()
      return page
    },
  }
}

/** A copy of a browser's cookies. */
export async function jarOf(context: BrowserContext): Promise<Jar> {
  const jar = new Jar()
  for (const { name, value } of await context.cookies()) jar.set(name, value)
  return jar
}

/** The generation that a browser's refresh token is of. */
export async function heldBy(context: BrowserContext): Promise<number> {
  const claim = readRefreshToken((await jarOf(context)).get('refresh') ?? '')
  if (claim === null) throw new Error('the browser holds no refresh token')
  return claim.generation
}

/**
 * Replaces the access token of the browser by one that the service signed and that has expired.
 * Moves the row of the session back as well: the next request rotates.
 */
export async function letExpire(
  context: BrowserContext,
  { database }: Pick<Service, 'database'>,
): Promise<void> {
  const jar = await jarOf(context)
  letTimePass(database, jar)
  const expired = expire(jar).get('access') as string
  const cookies = await context.cookies()
  await context.addCookies(cookies.map((one) => (one.name === 'access' ? { ...one, value: expired } : one)))
}

/** Waits until the access token that the browser holds has expired by itself. */
export async function expiry(context: BrowserContext): Promise<void> {
  const { exp } = claimsOf((await jarOf(context)).get('access') as string)
  await sleep(Number(exp) * 1_000 - Date.now() + 10)
}

/**
 * Sends a request from the page, as its own code does. `no-store` sends requests at once: otherwise
 * Chromium holds the second back until it knows whether it may cache the first answer.
 * @returns the status
 */
export const ask = (page: Page, path = '/me'): Promise<number> =>
  page.evaluate(async (path) => (await fetch(path, { cache: 'no-store' })).status, path)

export const isSignedIn = (page: Page): Promise<boolean> =>
  page.getByRole('button', { name: 'Sign out', exact: true }).isVisible()

/** Waits until something outside of the browser is as expected. */
export async function until(
  what: () => boolean | Promise<boolean>,
  limitMs = BROWSER_STEP_MS,
): Promise<void> {
  const end = Date.now() + limitMs
  while (!(await what())) {
    if (Date.now() > end) throw new Error('it did not come about')
    await sleep(10)
  }
}
