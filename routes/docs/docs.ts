import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

const DOCS_PATH = '/docs'

/**
 * A page of four megabytes and three hundred modules: loaded by its first request, not at the
 * start.
 */
let reference: Promise<FastifyInstance> | undefined

async function createReference(): Promise<FastifyInstance> {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const app = Fastify()
  await app.register(scalar, {
    routePrefix: DOCS_PATH,
    configuration: {
      // The library's own route would allow pages of every origin to read the document.
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

/**
 * The OpenAPI document and its page at /docs: public in development, for administrators in
 * production.
 */
const docs: FastifyPluginAsync = async (app) => {
  const core = internalsOf(app)
  app.decorate('defaultGuard', core.config.production ? { role: 'admin' } : 'public')
  app.get('/openapi.json', { schema: { hide: true } }, async () => core.openapi())

  // The reference page has inline scripts and styles. Its scripts are allowed by their hashes; the
  // rest of the policy stays strict.
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
      reference ??= createReference()
      // The path without the prefix that the service may have.
      const { headers, payload } = await (await reference).inject(`${DOCS_PATH}${path}`)
      return reply.type(String(headers['content-type'])).send(payload)
    })
  }
  // The page loads its script and the document by relative paths.
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
