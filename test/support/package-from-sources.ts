/** Resolves imports of this package to its sources instead of dist/, for the examples that import it. */
import { registerHooks } from 'node:module'

const FACES: Readonly<Record<string, string>> = {
  'tacit-auth': new URL('../../src/index.ts', import.meta.url).href,
  'tacit-auth/verifier': new URL('../../src/verifier/index.ts', import.meta.url).href,
}

registerHooks({
  resolve: (specifier, context, next) => next(FACES[specifier] ?? specifier, context),
})
