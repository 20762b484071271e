import { setTimeout as sleep } from 'node:timers/promises'

const PAUSE_MS = 5
/** A busy machine is slow. A wrong program is not waited for until the runner ends the test. */
const MAX_WAIT_MS = 20_000

/**
 * Waits until a condition gives a value.
 * @throws Error if it gives none for a long time
 */
export async function until<Value>(condition: () => Value | undefined): Promise<Value> {
  const giveUpAt = performance.now() + MAX_WAIT_MS
  for (;;) {
    const value = condition()
    if (value !== undefined) return value
    if (performance.now() > giveUpAt) throw new Error('what was waited for did not happen')
    await sleep(PAUSE_MS)
  }
}
