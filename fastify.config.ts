/**
 * The options of fastify-cli in `npm run dev`: `fastify start -c fastify.config.ts src/app.ts`.
 * `tacit start` uses the same ones: see src/cli/start.ts. `npm start` runs it, and loads this file for
 * the cache.
 *
 * Node.js caches the compiled TypeScript sources here, so that the next start need not compile them
 * again. The cache lies in node_modules: only accounts that may change the modules may write there.
 */
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Processes that the service forks inherit it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/tacit', import.meta.url))
enableCompileCache()

/** Passes `options` of src/app.ts to Fastify(). */
export const options = true
/** In milliseconds. A slow machine needs more than the ten seconds of fastify-cli. */
export const pluginTimeout = 60_000
/** In milliseconds. Requests in progress have this long to finish when the service stops. */
export const closeGraceDelay = 10_000
