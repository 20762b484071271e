/** Finds the known name that was probably meant by a misspelt one. */
import { distance } from 'fastest-levenshtein'

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
