/**
 * The service without a command line around it, which tells how long each part of its start took.
 */
import { globSync } from 'node:fs'

const modulesFrom = performance.now()
const { default: Fastify } = await import('fastify')
const { default: app, options } = await import('../src/app.ts')
// autoload would load them one by one, between the work of one and that of the next.
const root = new URL('../', import.meta.url)
for (const path of globSync('{plugins,routes}/**/*.ts', { cwd: root })) await import(new URL(path, root).href)
const pluginsFrom = performance.now()
const fastify = Fastify(options)
await fastify.register(app)
await fastify.ready()
const listeningFrom = performance.now()
await fastify.listen({ port: Number(process.env.PORT) })

/** In milliseconds. */
export interface Parts {
  readonly node: number
  readonly modules: number
  readonly plugins: number
  readonly listening: number
}

const parts: Parts = {
  // The clock began with the process: up to here it was node that started.
  node: modulesFrom,
  modules: pluginsFrom - modulesFrom,
  plugins: listeningFrom - pluginsFrom,
  listening: performance.now() - listeningFrom,
}
process.send?.(parts)
process.on('SIGTERM', () => process.exit())
