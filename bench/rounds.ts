/**
 * Rounds that alternate between contestants, so that what else the machine does falls on all alike, and what to make of
 * their figures.
 */
import { progress } from './benchmark.ts'

type Contestants<Name extends string, Value> = Readonly<Record<Name, () => Promise<Value>>>

/** Lets every contestant have its turn in every round. The first round warms up, and is not among the figures. */
export async function interleave<Name extends string, Value>(
  title: string,
  contestants: Contestants<Name, Value>,
  rounds: number,
): Promise<Record<Name, Value[]>> {
  const entries = Object.entries(contestants) as [Name, () => Promise<Value>][]
  const figures = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<Name, Value[]>
  for (let round = 0; round <= rounds; round += 1) {
    for (const [name, measure] of entries) {
      progress(`${title}: round ${round} of ${rounds}, ${name}`)
      const value = await measure()
      if (round > 0) figures[name].push(value)
    }
  }
  progress('')
  return figures
}

export interface Summary {
  readonly figure: number
  readonly spread: readonly [number, number]
}

/** The median and what lies around it. */
export const summary = (values: readonly number[]): Summary => ({
  figure: median(values),
  spread: [Math.min(...values), Math.max(...values)],
})

/** Each round by itself: what slowed one contestant down has mostly slowed down the other as well. */
export const ratio = (values: readonly number[], others: readonly number[]): Summary =>
  summary(values.map((value, round) => value / (others[round] as number)))

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2
}

/** @param share 0.99 for the value that one in a hundred exceeds */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}
