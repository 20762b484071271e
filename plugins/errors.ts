import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { type AllowedMethods, createAllowedMethods, type ListedRoute } from '../src/http/allowed-methods.ts'
import { errorPage, opensPage } from '../src/http/error-page.ts'
import { STATUS_CODES } from '../src/http/statuses.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** One shape for everything that goes wrong, and a page for a person. */
export default fp(
  async (app) => {
    const core = internalsOf(app)

    app.setErrorHandler((error, request, reply) => {
      const { code, statusCode, message, reason } = core.refusal(error, request, reply)
      if (opensPage(request.method, request.headers)) return sendPage(statusCode, request, reply)
      reply.send({ statusCode, code, error: STATUS_CODES[statusCode], message, ...(reason && { reason }) })
    })

    function sendPage(status: number, { headers }: FastifyRequest, reply: FastifyReply): void {
      const { config, pageFiles, scope } = core
      // An application around the service has a first page of its own.
      const home = pageFiles ? `${app.prefix}/` : scope.isOwn(app) ? '/' : undefined
      const page = errorPage({
        status,
        languages: headers['accept-language'],
        name: config.appName,
        styles: pageFiles?.styles ?? [],
        home,
      })
      // Other clients get another answer at the same address.
      reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(page)
    }

    // Without a prefix, what is not found belongs to the application around the service.
    if (core.scope.isOwn(app) && core.scope.prefix === '') return
    const routes: ListedRoute[] = []
    app.addHook('onRoute', ({ method, url, constraints }) => {
      // @fastify/cors declares OPTIONS for every path. A constrained route may declare a path again.
      if (url !== '*' && constraints === undefined) routes.push({ method, url })
    })
    let methodsOf: AllowedMethods | undefined

    // Scanners send such requests.
    app.setNotFoundHandler({ preHandler: core.limitPerAddress }, async (request, reply) => {
      await core.refusePreflight(request)
      methodsOf ??= createAllowedMethods(routes, app.initialConfig.routerOptions)
      const allowed = methodsOf(request.url)
      // A handler may find nothing by the right method.
      if (allowed.length === 0 || allowed.includes(request.method)) throw new AuthError('NOT_FOUND')
      const methods = allowed.join(', ')
      reply.header('allow', methods)
      throw new AuthError('METHOD_NOT_ALLOWED', {
        message: `This path does not support ${request.method}. It supports ${methods}`,
      })
    })
  },
  { name: 'errors', dependencies: ['refusals', 'rate-limit', 'cross-origin', 'page-files'] },
)
