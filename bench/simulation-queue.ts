import type { Timeline } from './simulation-timeline.ts'

/** Work that waits in line for one of some cores. */
export interface Queue {
  /** @param meanMs the time on a core, which varies about its mean */
  work(meanMs: number, then: () => void): void
  /** How long the cores have worked, added together. */
  busyMs(): number
}

/** What is done is removed in pieces, because removing each costs the length of the line. */
const FORGET_AT = 1_000

export function createQueue(timeline: Timeline, cores: number): Queue {
  const line: { readonly ms: number; readonly then: () => void }[] = []
  let head = 0
  let free = cores
  let busyMs = 0

  function begin(): void {
    const next = line[head]
    if (free === 0 || next === undefined) return
    head += 1
    if (head === FORGET_AT) {
      line.splice(0, head)
      head = 0
    }
    free -= 1
    busyMs += next.ms
    timeline.after(next.ms, () => {
      free += 1
      next.then()
      begin()
    })
  }

  return {
    work(meanMs, then) {
      line.push({ ms: timeline.about(meanMs), then })
      begin()
    },
    busyMs: () => busyMs,
  }
}
