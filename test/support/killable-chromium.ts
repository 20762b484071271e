import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type BrowserContext, chromium } from 'playwright-core'
import type { Teardown } from './app.ts'
import { BROWSER_STEP_MS, CHROMIUM_OPTIONS, findChromium } from './find-chromium.ts'

export interface KillableChromium {
  readonly context: BrowserContext
  /** Closes the browser as a user does: its data is on the disk. */
  quit(): Promise<void>
  /** Kills the browser as a power cut does: unwritten data is lost. */
  kill(): Promise<void>
}

/**
 * Chromium as a process on a profile that outlives it. The Chromium of playwright-core cannot be
 * killed alone.
 */
export async function startChromium(
  t: Teardown,
  profile: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<KillableChromium> {
  const child = spawn(
    findChromium() as string,
    [
      ...CHROMIUM_OPTIONS,
      '--headless',
      '--remote-debugging-port=0',
      '--password-store=basic',
      '--use-mock-keychain',
      '--no-first-run',
      // Playwright waits for each open page. The New Tab page loads from the network, for as long
      // as that takes.
      '--no-startup-window',
      '--disable-background-networking',
      `--user-data-dir=${profile}`,
    ],
    // A process group of its own: the process that stores cookies would write them while the others
    // die.
    { detached: true, env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const exit = once(child, 'exit')
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    process.kill(-(child.pid as number), 'SIGKILL')
    await exit
  }
  t.teardown(kill)
  const address = await debuggingAddress(child.stderr)
  const browser = await chromium.connectOverCDP(address, { timeout: BROWSER_STEP_MS })
  const context = browser.contexts()[0] as BrowserContext
  context.setDefaultTimeout(BROWSER_STEP_MS)
  return {
    context,
    kill,
    async quit() {
      const session = await browser.newBrowserCDPSession()
      await session.send('Browser.close').catch(() => {})
      await exit
    },
  }
}

async function debuggingAddress(stderr: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input: stderr })
  for await (const line of lines) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1]
    if (address === undefined) continue
    // Further output must not fill the pipe.
    stderr.resume()
    return address
  }
  throw new Error('Chromium did not start')
}
