import { createRequire } from 'node:module'

/** By its own name, a package finds its package.json both in the repository and in dist/. */
const packageJson = createRequire(import.meta.url)('tacit-auth/package.json') as { readonly version: string }

/** The version of the package. */
export const { version } = packageJson
