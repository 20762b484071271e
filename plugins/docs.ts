import { createHash } from 'node:crypto'
import scalar from '@scalar/fastify-api-reference'
import fp from 'fastify-plugin'

const DOCS_PATH = '/docs'

/** The document, and a page to read it, at /docs: for everybody in development, for administrators in production. */
export default fp(
  async (app) => {
    await app.register(async (scope) => {
      scope.decorate('defaultGuard', app.config.production ? { role: 'admin' } : 'public')
      scope.get(`${DOCS_PATH}/openapi.json`, { schema: { hide: true } }, async () => app.swagger())

      // The reference page starts itself with an inline script and sets inline styles. It is our own text, so its
      // scripts are allowed by their hashes; everything else stays as strict as everywhere.
      scope.addHook('onSend', async (_request, reply, payload) => {
        if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html'))
          return payload
        const policy = String(reply.getHeader('content-security-policy'))
          .replace(/script-src 'self'/, `script-src 'self' ${inlineScriptHashes(payload)}`)
          .replace(/style-src 'self'/, "style-src 'self' 'unsafe-inline'")
        reply.header('content-security-policy', policy)
        return payload
      })
      await scope.register(scalar, {
        routePrefix: DOCS_PATH,
        configuration: {
          // Served above: its own route would open the document to the pages of every origin.
          url: './openapi.json',
          withDefaultFonts: false,
          telemetry: false,
          hideClientButton: true,
          showDeveloperTools: 'never',
          agent: { disabled: true },
          mcp: { disabled: true },
        },
      })
    })
  },
  {
    name: 'docs',
    // All that has hooks for every route: a scope has those of the plugins that were there before it.
    dependencies: [
      'clock',
      'cookies',
      'cors',
      'cross-origin',
      'errors',
      'guards',
      'helmet',
      'openapi',
      'under-pressure',
    ],
  },
)

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
