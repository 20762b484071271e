import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** By its own name, a package finds its package.json both in the repository and in dist/. */
const { repository } = createRequire(import.meta.url)('tacit-auth/package.json') as {
  readonly repository?: string | { readonly url?: string }
}

/** The packaged README. The build copies it to the same place in dist/. */
export const readmeFile = fileURLToPath(new URL('../../README.md', import.meta.url))

/**
 * Returns the address of the README in the repository, or undefined for a package without one.
 * @param of `repository` of package.json; npm writes `git+https://….git`
 */
export function readmeUrl(of: typeof repository = repository): string | undefined {
  const address = (typeof of === 'string' ? of : of?.url)?.replace(/^git\+/, '').replace(/\.git$/, '')
  return address?.startsWith('https://') ? `${address}#readme` : undefined
}
