/** Where the Chromium is that the tests with a browser, and the pictures, take. */
import { existsSync } from 'node:fs'

const USUAL_PATHS = [
  // The same engine without windows: the tests with a browser take two thirds of the time.
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * Chromium reaches this machine and no other: a test must not wait for a name server or a proxy.
 * The sandbox of Chromium does not start for root.
 */
export const CHROMIUM_OPTIONS = [
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

/** The time limit of a browser step. A busy machine takes longer than Playwright's 30 seconds. */
export const BROWSER_STEP_MS = 100_000

/** Why a test is skipped, or must not be. */
export const WITHOUT_CHROMIUM = 'no Chromium is installed at a usual place: CHROME_PATH says where one is'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * @returns undefined where there is none, and the tests that need one are skipped
 * @throws where there is none though TACIT_REQUIRE_BROWSER asks for it, or CHROME_PATH is wrong
 */
export function findChromium(
  { CHROME_PATH, TACIT_REQUIRE_BROWSER }: Environment = process.env,
  isThere: (path: string) => boolean = existsSync,
): string | undefined {
  if (CHROME_PATH && !isThere(CHROME_PATH)) throw new Error(`CHROME_PATH: there is no ${CHROME_PATH}`)
  const found = CHROME_PATH || USUAL_PATHS.find(isThere)
  if (found === undefined && TACIT_REQUIRE_BROWSER) throw new Error(WITHOUT_CHROMIUM)
  return found
}
