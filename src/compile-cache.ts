/**
 * Switches on node's compile cache: what a module has become without its types, and compiled, is kept for the next start.
 * To be imported before what is to be kept: by `--import`, or ahead of an `import()`.
 *
 * Threat: what is kept is run by the next start, whoever has written it.
 * Guarantee: it is kept among the modules themselves, so that nobody can write it who could not write them. Where they
 * cannot be written, nothing is kept, and a start takes the longer for it.
 * Source: https://nodejs.org/api/module.html#module-compile-cache
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/tacit', import.meta.url)))
