/**
 * Starts the service as `npm start` does, up to where it would listen, and ends: so that the compile cache holds what a
 * start and a command load. Settings are those of src/prepare.js.
 */
import './compile-cache.ts'

const { build } = await import('fastify-cli/helper.js')
// The time that `npm start` allows: a slow machine takes longer than the ten seconds of fastify-cli.
const service = await build(['-o', '-T', '60000', 'src/app.ts'])
await service.close()
await import('./cli/program.ts')
await import('./cli/service.ts')
