/**
 * Measures the duration and the result of asynchronous methods.
 *
 * A verdict is `ok` or the code of an error, so the number of verdicts is bounded.
 */
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'

/** Receives the result of each call. `operation` and `verdict` come from fixed sets. */
export type Observe = (operation: string, verdict: string, seconds: number) => void

/** Returns the code of an error: INTERNAL if it is not an AuthError. */
export const verdictOf = (error: unknown): string => (error instanceof AuthError ? error.code : 'INTERNAL')

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>

/** Returns a copy of the target that measures the methods `names`. */
export function measured<Target extends object>(
  target: Target,
  names: readonly (keyof Target & string)[],
  clock: Clock,
  observe: Observe,
): Target {
  const methods = target as Record<string, Method>
  const wrapped = names.map((name) => {
    const method = methods[name] as Method
    return [
      name,
      async function (this: unknown, ...args: unknown[]) {
        const from = clock.monotonic()
        const end = (verdict: string) => observe(name, verdict, (clock.monotonic() - from) / 1_000)
        try {
          const result = await method.apply(this, args)
          end('ok')
          return result
        } catch (error) {
          end(verdictOf(error))
          throw error
        }
      },
    ] as const
  })
  return { ...target, ...Object.fromEntries(wrapped) }
}
