/**
 * Returns what a field for a new password says about its length.
 * @param length code points that are typed so far
 * @param minLength undefined if the service has not told it to the page
 */
export function lengthHint(length: number, minLength: number | undefined): string {
  if (length === 0) {
    const least = minLength === undefined ? '' : `At least ${characters(minLength)}. `
    return `${least}Several words that do not belong together are easy to remember and hard to guess.`
  }
  if (minLength === undefined) return `${characters(length)} so far.`
  const missing = minLength - length
  if (missing > 0) return `${characters(missing)} more to go.`
  return `${characters(length)}: long enough.`
}

const characters = (count: number): string => `${count} character${count === 1 ? '' : 's'}`
