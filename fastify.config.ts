/**
 * The options of fastify-cli in `npm run dev`: `fastify start -c fastify.config.ts src/app.ts`.
 * `tacit start`, which `npm start` runs, uses the same ones: see src/cli/start.ts.
 */

/** Passes `options` of src/app.ts to Fastify(). */
export const options = true
/** In milliseconds. A slow machine needs more than the ten seconds of fastify-cli. */
export const pluginTimeout = 60_000
/** In milliseconds. Requests in progress have this long to finish when the service stops. */
export const closeGraceDelay = 10_000
