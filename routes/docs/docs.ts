import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

const DOCS_PATH = '/docs'

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <circle cx="16" cy="16" r="12" fill="none" stroke="#8fb8a4" stroke-width="4" />
  <path d="M16 4a12 12 0 0 1 10.4 18" fill="none" stroke="#0d6a4a" stroke-width="4" stroke-linecap="round" />
  <circle cx="16" cy="16" r="4" fill="#0d6a4a" />
</svg>`
const ICON_LINK = '<link rel="icon" href="./icon.svg" type="image/svg+xml" />'

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
      // The library sets an icon by script, after the browser has asked for /favicon.ico.
      const page = path === '/' ? withHead(payload) : payload
      return reply.type(String(headers['content-type'])).send(page)
    })
  }
  app.get('/icon.svg', { schema: { hide: true } }, (_request, reply) => {
    reply.type('image/svg+xml').send(ICON)
  })
  const head = `<title>${core.referenceTitle}</title>${ICON_LINK}</head>`
  // Functions as replacements: in a text, `$&` has a meaning.
  const withHead = (page: string): string =>
    page.replace(/<title>[^<]*<\/title>/, '').replace('</head>', () => head)

  app.get('/readme', { schema: { hide: true } }, async (_request, reply) => {
    const { url, file } = core.readme
    if (url !== undefined) return reply.redirect(url)
    return reply.type('text/plain; charset=utf-8').send(await readFile(file))
  })
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
