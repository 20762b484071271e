import fp from 'fastify-plugin'
import { AuthError } from '../src/errors.ts'
import { STATUS_CODES } from '../src/http/statuses.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** One shape for everything that goes wrong. */
export default fp(
  async (app) => {
    const core = internalsOf(app)

    app.setErrorHandler((error, request, reply) => {
      const { code, statusCode, message, reason } = core.refusal(error, request, reply)
      reply.send({ statusCode, code, error: STATUS_CODES[statusCode], message, ...(reason && { reason }) })
    })

    // Without a prefix, what is not found belongs to the application around the service.
    if (core.scope.isOwn(app) && !core.scope.hasPrefix) return
    // Looking for what is not there is how scanners begin.
    app.setNotFoundHandler({ preHandler: core.limitPerAddress }, () => {
      throw new AuthError('NOT_FOUND')
    })
  },
  { name: 'errors', dependencies: ['refusals', 'rate-limit'] },
)
