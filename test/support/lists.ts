import type { Test } from 'tap'

/**
 * Every element matches the pattern at its place, and there are no others. `t.match` alone says
 * nothing of the elements that follow the last pattern.
 */
export function matchesWhole(
  t: Pick<Test, 'match' | 'equal'>,
  found: readonly unknown[],
  patterns: readonly unknown[],
  title = 'matches the whole list',
): void {
  t.match(found, patterns, title)
  t.equal(found.length, patterns.length, `${title}: and there is no more`)
}
