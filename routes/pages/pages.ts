import { existsSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FastifyPluginAsync } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

export interface PagesOptions {
  /** Where the built pages are, `index.html` among them; by default those of examples/spa. */
  readonly pagesFolder?: string
}

const EXAMPLE = fileURLToPath(new URL('../../examples/spa/dist', import.meta.url))

/** The build puts a hash of its content into the name of every file in here. */
const HASHED = `${sep}assets${sep}`

/** Not the name of this folder: the pages are at /. */
export const prefixOverride = ''

/**
 * The pages of the application at /. Each file is a route of its own, so that whatever else does not exist is still
 * answered as such: the pages keep their own addresses behind the #.
 */
const pages: FastifyPluginAsync<PagesOptions> = async (app, { pagesFolder = EXAMPLE }) => {
  const core = internalsOf(app)
  if (!core.config.pages) return
  const root = resolve(pagesFolder)
  if (!existsSync(join(root, 'index.html'))) {
    app.log.warn(`there are no pages in ${root}: \`npm run build\` builds them`)
    return
  }
  app.decorate('defaultGuard', 'public')
  // Loaded only where there are pages: in production there are none unless they are asked for.
  const { default: fastifyStatic } = await import('@fastify/static')
  await app.register(fastifyStatic, {
    root,
    wildcard: false,
    decorateReply: false,
    cacheControl: false,
    // A page is small and sent whole each time: what it may do, in its headers, changes with the service and not
    // with the file.
    etag: false,
    lastModified: false,
    setHeaders(response, path) {
      const lasting = path.startsWith(root + HASHED)
      response.header('cache-control', lasting ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}

export default pages
