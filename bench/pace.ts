/**
 * Two ways of keeping a server busy: so many at a time, or so many a second.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Keeps so many under way, each followed by the next, and waits for the last. @returns how many were done a second */
export async function soManyAtATime(
  concurrency: number,
  seconds: number,
  work: (index: number) => Promise<unknown>,
): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1_000
  let begun = 0
  const worker = async () => {
    while (performance.now() < end) await work(begun++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
  return begun / ((performance.now() - start) / 1_000)
}

const SLEEP_ENDS_LATE_MS = 2

/**
 * Begins so many a second at moments fixed beforehand, whatever the server does meanwhile, and counts each from its
 * moment: a server that stalls is charged with everyone who had to wait, and not only with those it was talking to.
 * @returns milliseconds
 */
export async function soManyASecond(
  perSecond: number,
  seconds: number,
  send: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const offsets = Array.from({ length: perSecond * seconds }, (_, index) => (index * 1_000) / perSecond)
  return atMoments(offsets, send)
}

/**
 * The same at moments of any kind.
 * @param offsets milliseconds from now, in ascending order
 * @returns milliseconds
 */
export async function atMoments(
  offsets: readonly number[],
  send: (index: number) => Promise<unknown>,
): Promise<number[]> {
  const start = performance.now()
  const latencies: number[] = []
  const underWay: Promise<unknown>[] = []
  for (const [index, offset] of offsets.entries()) {
    const due = start + offset
    await moment(due)
    underWay.push(send(index).then(() => latencies.push(performance.now() - due)))
  }
  await Promise.all(underWay)
  return latencies
}

/** Sleeps while it is far, then looks again and again: a timer alone is late by more than what is measured. */
async function moment(due: number): Promise<void> {
  const far = due - performance.now() - SLEEP_ENDS_LATE_MS
  if (far > 1) await sleep(far)
  do await nextTurn()
  while (performance.now() < due)
}
