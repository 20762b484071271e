/**
 * Measures how long asynchronous methods take, and how they end.
 *
 * A verdict is `ok` or the code of the refusal, so there are never more verdicts than codes.
 */
import type { Clock } from '../clock.ts'
import { AuthError } from '../errors.ts'

/** Told of each call. `verdict` is one of a fixed set. */
export type Observe = (operation: string, verdict: string, seconds: number) => void

export const verdictOf = (error: unknown): string => (error instanceof AuthError ? error.code : 'INTERNAL')

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>

/** The target with its methods `names` measured; what else it has stays as it is. */
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
