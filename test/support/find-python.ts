/** Finds a Python that has the packages of examples/verify-elsewhere. */
import { spawnSync } from 'node:child_process'

/** Debian's packages belong to its own Python, which may not be the first in PATH. */
const CANDIDATES = ['python3', '/usr/bin/python3']

export const WITHOUT_PYTHON_JWT = 'python3-jwt and python3-cryptography are not installed'

/**
 * Returns undefined if there is none. The tests that need it are then skipped.
 * @throws if there is none and the variable TACIT_REQUIRE_PYTHON_JWT is set
 */
export function findPythonJwt(
  { TACIT_REQUIRE_PYTHON_JWT }: Readonly<Record<string, string | undefined>> = process.env,
  isUsable: (python: string) => boolean = hasPackages,
): string | undefined {
  const found = CANDIDATES.find(isUsable)
  if (found === undefined && TACIT_REQUIRE_PYTHON_JWT) throw new Error(WITHOUT_PYTHON_JWT)
  return found
}

const hasPackages = (python: string): boolean =>
  spawnSync(python, ['-c', 'import cryptography, jwt; jwt.PyJWKClient']).status === 0
