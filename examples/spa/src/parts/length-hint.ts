import type { Texts } from '../texts/en.ts'

/**
 * Returns what a field for a new password says about its length.
 * @param length code points that are typed so far
 * @param minLength undefined if the service has not told it to the page
 */
export function lengthHint({ password }: Texts, length: number, minLength: number | undefined): string {
  if (length === 0) return `${minLength === undefined ? '' : password.atLeast(minLength)}${password.advice}`
  if (minLength === undefined) return password.soFar(length)
  const missing = minLength - length
  return missing > 0 ? password.missing(missing) : password.enough(length)
}
