import { sep } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

const INDEX = 'index.html'

/** The build puts a hash of the content into the name of each file in this folder. */
const HASHED = `${sep}assets${sep}`

/** The pages are at /, not at the name of this folder. */
export const prefixOverride = ''

/**
 * The pages at /. Each file has its own route, so other paths still get a 404. The pages keep their
 * own addresses after the #.
 */
const pages: FastifyPluginAsync = async (app) => {
  const core = internalsOf(app)
  if (core.pageFiles === undefined) return
  const { root, hasSettings, brand, page } = core.pageFiles
  app.decorate('defaultGuard', 'public')
  // Loaded only if pages are served, which is off by default in production.
  const { default: fastifyStatic } = await import('@fastify/static')
  await app.register(fastifyStatic, {
    root,
    globIgnore: [INDEX],
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    // A page is small and always sent completely: its headers may change without its file.
    etag: false,
    lastModified: false,
    setHeaders(response, path) {
      const lasting = path.startsWith(root + HASHED)
      response.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })

  for (const path of ['/', `/${INDEX}`]) {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      // History navigation shows a cached page again, unless the browser must not store it.
      reply.header('cache-control', hasSettings ? 'no-store' : 'no-cache')
      return reply.type('text/html; charset=utf-8').send(page(core.hasSessionCookie(request)))
    })
  }
  if (brand === undefined) return
  app.get('/brand.css', { schema: { hide: true } }, async (_request, reply) => {
    reply.header('cache-control', 'no-cache')
    return reply.type('text/css; charset=utf-8').send(brand)
  })
}

export default pages
