/**
 * Refreshes of sessions that were written into the database and never signed in.
 */
import { type Client, expect } from './http.ts'
import { nthSession, type Seed, USER_AGENT } from './seed.ts'
import { refreshToken } from './tokens.ts'

/** A prime: taking the sessions in steps of it meets each once before it meets one again, and no neighbours in a row. */
const STEP = 7_368_787

/**
 * Every call refreshes another session, from all over the table.
 * @param first which of them to begin with, so that two callers do not meet
 */
export function refresher(client: Client, seed: Seed, first = 0): () => Promise<void> {
  const expired = seed.expired ?? 0
  const generations = new Map<number, number>()
  let calls = first
  return async () => {
    const n = expired + ((calls++ * STEP) % (seed.sessions - expired))
    const generation = generations.get(n) ?? 1
    const session = nthSession(n, seed)
    const cookie = `refresh=${refreshToken(session, generation)}`
    const headers = { cookie, 'user-agent': USER_AGENT }
    const { cookies } = await expect(client, 200, { path: '/me', headers })
    const next = `refresh=${refreshToken(session, generation + 1)};`
    if (!cookies.some((line) => line.startsWith(next))) throw new Error('the session was not rotated')
    generations.set(n, generation + 1)
  }
}
