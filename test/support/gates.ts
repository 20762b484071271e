import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Store } from '../../src/store/store.ts'

export interface Gate {
  /** Resolves when a caller waits at the gate. */
  readonly reached: Promise<void>
  open(): void
}

function gate() {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    reached: reached.promise,
    open: opened.resolve,
    pass(): Promise<void> {
      reached.resolve()
      return opened.promise
    },
  }
}

/** The methods of the store that a test can hold: those that answer with a promise. */
type Held = {
  [Name in keyof Store]: ReturnType<Store[Name]> extends Promise<unknown> ? Name : never
}[keyof Store]

/**
 * Makes the next call of a store's method wait before or after its work, which is the store's own.
 */
export function holdNext(store: Store, method: Held, when: 'before' | 'after'): Gate {
  const held = gate()
  const original = store[method] as unknown as (...args: unknown[]) => Promise<unknown>
  const waiting = async (...args: unknown[]) => {
    Object.assign(store, { [method]: original })
    if (when === 'before') await held.pass()
    const result = await original(...args)
    if (when === 'after') await held.pass()
    return result
  }
  Object.assign(store, { [method]: waiting })
  return held
}

export const SLOW = { method: 'GET', url: '/slow' } as const

/** A guarded route whose handler takes as long as the test likes. */
export function slowRoute(): Gate & { routes(app: FastifyInstance): void } {
  const held = gate()
  return {
    ...held,
    routes(app) {
      app.get(SLOW.url, async (request) => {
        await held.pass()
        return { userId: request.principal.userId }
      })
    },
  }
}

/** Lets the requests that have been sent get as far as they can, to a gate or to an answer. */
export async function untilRequestsRest(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn()
}
