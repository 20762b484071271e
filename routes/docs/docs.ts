import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

const DOCS_PATH = '/docs'

/** A page of four megabytes, and three hundred modules: loaded by whoever reads it first, and not by every start. */
let reading: Promise<FastifyInstance> | undefined

async function startReading(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const app = Fastify()
  await app.register(scalar, {
    routePrefix: DOCS_PATH,
    configuration: {
      // Its own route would open the document to the pages of every origin.
      url: './openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  })
  return app
}

/** The document, and a page to read it, at /docs: for everybody in development, for administrators in production. */
const docs: FastifyPluginAsync = async (app) => {
  const core = internalsOf(app)
  app.decorate('defaultGuard', core.config.production ? { role: 'admin' } : 'public')
  app.get('/openapi.json', { schema: { hide: true } }, async () => core.openapi())

  // The reference page starts itself with an inline script and sets inline styles. It is our own text, so its
  // scripts are allowed by their hashes; everything else stays as strict as everywhere.
  app.addHook('onSend', async (_request, reply, payload) => {
    if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html'))
      return payload
    const policy = String(reply.getHeader('content-security-policy'))
      .replace(/script-src 'self'/, `script-src 'self' ${inlineScriptHashes(payload)}`)
      .replace(/style-src 'self'/, "style-src 'self' 'unsafe-inline'")
    reply.header('content-security-policy', policy)
    return payload
  })
  for (const path of ['/', '/js/scalar.js']) {
    app.get(path, { schema: { hide: true }, prefixTrailingSlash: 'slash' }, async (_request, reply) => {
      reading ??= startReading()
      // Not the path of the request: the service may have been given a prefix.
      const { headers, payload } = await (await reading).inject(`${DOCS_PATH}${path}`)
      return reply.type(String(headers['content-type'])).send(payload)
    })
  }
  // The page looks for its script and the document beside itself.
  app.get('', { schema: { hide: true } }, (_request, reply) => reply.redirect('docs/', 301))
}

export default docs

function inlineScriptHashes(html: string): string {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)]
    .map(
      ([, script]) =>
        `'sha256-${createHash('sha256')
          .update(script as string)
          .digest('base64')}'`,
    )
    .join(' ')
}
