/**
 * Refuses a guard for registered clients: only the service has their secrets.
 * @param route names the route
 * @throws TypeError that stops the start
 */
export function refuseClientGuard(guard: unknown, route: string): void {
  for (let rule = guard; typeof rule === 'object' && rule !== null; rule = (rule as { or?: unknown }).or) {
    if ('client' in rule)
      throw new TypeError(
        `${route}: config.auth asks for a registered client, which only the service can check. ` +
          'Use a role or a permission.',
      )
  }
}
