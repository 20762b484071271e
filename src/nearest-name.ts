/** Finds the known name that was probably meant by a misspelt one. */

/** A known name, and how many letters of the misspelt name differ from it. */
export interface NearestName {
  readonly name: string
  readonly distance: number
}

/** Names of the environment and of options compare as equal: ROTATION_GRACE and rotationGrace. */
const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** Returns the nearest of the known names. There must be at least one. */
export function nearestName(name: string, known: readonly string[]): NearestName {
  const distances = known.map((each) => ({ name: each, distance: distance(plain(name), plain(each)) }))
  return distances.toSorted((a, b) => a.distance - b.distance)[0] as NearestName
}

/** The Levenshtein distance: how many letters have to be added, removed or replaced. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] as number) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1))
    }
    row = next
  }
  return row[to.length] as number
}

/**
 * Returns a sentence about the first unknown name, with the nearest known one. Undefined if all are
 * known.
 * @param what what the names are, such as `The option`
 */
export function unknownName(
  what: string,
  given: Iterable<string>,
  known: readonly string[],
): string | undefined {
  for (const name of given) {
    if (known.includes(name)) continue
    return `${what} ${JSON.stringify(name)} does not exist. Did you mean ${nearestName(name, known).name}?`
  }
  return undefined
}
