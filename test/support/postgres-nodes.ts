/** Asks nodes of the service on one PostgreSQL what they know of a session. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { TestApp } from './app.ts'
import type { Jar } from './jar.ts'
import { ME } from './rotation.ts'

/** The default of FEED_MAX_LAG. */
export const MAX_LAG_MS = 250

export const statusAt = async ({ request }: TestApp, jar: Jar): Promise<number> =>
  (await request(ME, jar)).statusCode

/**
 * Asks a node with a session that has ended on another one. No request that begins later than
 * 250 ms after the end may be served.
 */
export async function isRefusedInTime(t: Test, node: TestApp, jar: Jar, endedAt: number): Promise<void> {
  let status = 200
  let startedAt = endedAt
  while (status === 200 && startedAt - endedAt <= MAX_LAG_MS) {
    startedAt = performance.now()
    status = (await node.request(ME, jar.copy())).statusCode
  }
  t.equal(status, 401)
}

export async function untilReady({ request }: TestApp): Promise<void> {
  while ((await request({ url: '/health/ready' })).statusCode !== 200) await sleep(10)
}
