/** Finds programs that tests of the deployment need. */
import { spawnSync } from 'node:child_process'

/**
 * Returns why a test is skipped, or false if every program is installed.
 * @throws if one is missing and the variable TACIT_REQUIRE_DEPLOYMENT is set
 */
export function withoutPrograms(
  programs: readonly (readonly [name: string, versionOption: string])[],
  { TACIT_REQUIRE_DEPLOYMENT }: Readonly<Record<string, string | undefined>> = process.env,
): string | false {
  const missing = programs
    .filter(([name, option]) => spawnSync(name, [option], { env: withSystemPrograms() }).status !== 0)
    .map(([name]) => name)
  if (missing.length === 0) return false
  const reason = `not installed: ${missing.join(', ')}`
  if (TACIT_REQUIRE_DEPLOYMENT) throw new Error(reason)
  return reason
}

/** Debian has nginx in a folder that is not in the PATH of every account. */
export const withSystemPrograms = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
})
