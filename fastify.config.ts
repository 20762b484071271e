/**
 * How the repository's scripts run fastify-cli: `fastify start -c fastify.config.ts src/app.ts`.
 * fastify-cli reads these exports as its options. `tacit start` gives the same ones: see
 * src/cli/start.ts.
 *
 * Node.js keeps here what it has made of the TypeScript sources, so that the next start need not
 * strip and compile them again. The folder is among the modules: only accounts that may change the
 * modules may write there.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Processes that the service forks inherit it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/tacit', import.meta.url))
enableCompileCache()

/** `options` of src/app.ts go to Fastify(). */
export const options = true
/** A slow machine takes longer than the ten seconds of fastify-cli. */
export const pluginTimeout = 60_000
/** What is under way when the service is told to stop has this long to finish. */
export const closeGraceDelay = 10_000
