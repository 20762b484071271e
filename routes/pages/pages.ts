import { existsSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

export interface PagesOptions {
  /** Folder of the built pages, with an `index.html`. The default is the folder of examples/spa. */
  readonly pagesFolder?: string
}

/**
 * A page with this element gets the settings that its views need. The service writes them into the
 * element, so a visitor who is not signed in makes no request that is refused.
 */
const SETTINGS = '<meta name="tacit" content="" />'

const EXAMPLE = fileURLToPath(new URL('../../examples/spa/dist', import.meta.url))

const INDEX = 'index.html'

/** The build puts a hash of the content into the name of each file in this folder. */
const HASHED = `${sep}assets${sep}`

/** The pages are at /, not at the name of this folder. */
export const prefixOverride = ''

/**
 * The pages at /. Each file has its own route, so other paths still get a 404. The pages keep their
 * own addresses after the #.
 */
const pages: FastifyPluginAsync<PagesOptions> = async (app, { pagesFolder = EXAMPLE }) => {
  const core = internalsOf(app)
  if (!core.config.pages) return
  const root = resolve(pagesFolder)
  if (!existsSync(join(root, INDEX))) {
    app.log.warn(`There are no pages in ${root}. Run \`npm run build\`.`)
    return
  }
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

  const html = readFileSync(join(root, INDEX), 'utf8')
  const hasSettings = html.includes(SETTINGS)
  const pageFor = (request: FastifyRequest): string => {
    const { development, passwordMinLength } = core.config
    const hasSession = core.hasSessionCookie(request)
    const content = JSON.stringify({ development, passwordMinLength, hasSession })
    return html.replace(SETTINGS, `<meta name="tacit" content="${content.replaceAll('"', '&quot;')}" />`)
  }
  for (const path of ['/', `/${INDEX}`]) {
    app.get(path, { schema: { hide: true } }, async (request, reply) => {
      // History navigation shows a cached page again, unless the browser must not store it.
      reply.header('cache-control', hasSettings ? 'no-store' : 'no-cache')
      return reply.type('text/html; charset=utf-8').send(pageFor(request))
    })
  }
}

export default pages
