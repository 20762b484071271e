/**
 * Refuses a guard for registered clients: only the service has their secrets.
 * @throws TypeError that says what to use instead
 */
export function refuseClientGuard(guard: unknown): void {
  for (let rule = guard; typeof rule === 'object' && rule !== null; rule = (rule as { or?: unknown }).or) {
    if ('client' in rule)
      throw new TypeError('asks for a registered client, which only the service can check: use a permission')
  }
}
