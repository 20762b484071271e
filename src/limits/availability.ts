/**
 * Asks another program within bounded time, and stops asking while it is away.
 *
 * After a failure or a late answer, calls get `AWAY` at once. A probe at intervals finds out whether
 * the other side answers again. It must answer in half the time: otherwise a slow side would be up
 * and down in turns.
 */

/** No call was made, or it failed: the other side has not carried it out. */
export const AWAY = Symbol('away')
/** The answer did not come in time: the other side may have carried it out. */
export const LATE = Symbol('late')

export interface AvailabilityOptions {
  /** How long an answer may take. */
  readonly limitMs: number
  /** Pause between two probes. */
  readonly probeEveryMs: number
  /** A call that needs what the other calls need. */
  probe(): Promise<unknown>
  /** Called once for each outage, and once for its end. The reason is for operators. */
  onChange(isUp: boolean, reason: string): void
}

export interface Availability {
  isUp(): boolean
  /** Returns the result of the call. Never rejects. */
  ask<Result>(call: () => Promise<Result>): Promise<Result | typeof AWAY | typeof LATE>
  /** Probes at once, and waits for the result. */
  check(): Promise<void>
  close(): void
}

export function createAvailability(options: AvailabilityOptions): Availability {
  const { limitMs, probeEveryMs, probe, onChange } = options
  let isUp = true
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  function change(next: boolean, reason = ''): void {
    if (isClosed) return
    if (next !== isUp) {
      isUp = next
      onChange(next, reason)
    }
    clearTimeout(timer)
    if (!next) timer = setTimeout(check, probeEveryMs).unref()
  }

  async function check(): Promise<void> {
    const outcome = await within(limitMs / 2, probe)
    if (typeof outcome === 'string') change(false, outcome)
    else if (!isUp) change(true)
  }

  return {
    isUp: () => isUp,
    check,
    async ask(call) {
      if (!isUp) return AWAY
      const outcome = await within(limitMs, call)
      if (typeof outcome !== 'string') return outcome.result
      change(false, outcome)
      return outcome === NO_ANSWER ? LATE : AWAY
    },
    close() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

const NO_ANSWER = 'no answer in time'

/** Returns the result, or the reason why there is none. */
function within<Result>(ms: number, call: () => Promise<Result>): Promise<{ result: Result } | string> {
  return new Promise((resolve) => {
    // A late event loop runs its timers before it reads its sockets. The answer may be in one.
    const timer = setTimeout(() => setImmediate(resolve, NO_ANSWER), ms)
    call().then(
      (result) => {
        clearTimeout(timer)
        resolve({ result })
      },
      (error: Error) => {
        clearTimeout(timer)
        // The message alone: an error of Redis holds the arguments of its command.
        resolve(error.message)
      },
    )
  })
}
