import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { answerHeaders, pageHeaders } from '../src/http/security-headers.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** The headers that let pages of another origin read a response. */
const CORS_HEADERS = ['access-control-allow-origin', 'access-control-allow-credentials']

/** Sets the security headers. They never change, so helmet computes them once. */
export default fp(
  async (app) => {
    const { config, scope } = internalsOf(app)
    const ofAnswers = answerHeaders(config)
    const ofPages = pageHeaders()
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(ofAnswers)
      done()
    })
    // Hooks that the application adds later run after these, so foreign headers are removed in
    // `onSend`.
    const isWithin = scope.isOwn(app)
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (isWithin) withoutForeignHeaders(reply)
      // A browser copies the headers of a 304 to its stored response, which may be a page. Without
      // a policy in the 304, a page keeps the policy that it came with.
      if (reply.statusCode === 304) reply.removeHeader('content-security-policy')
      if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.headers(ofPages)
      done()
    })

    function withoutForeignHeaders(reply: FastifyReply): void {
      reply.headers(ofAnswers)
      const origin = reply.getHeader('access-control-allow-origin')
      if (origin === undefined || config.trustedOrigins.includes(String(origin))) return
      for (const name of CORS_HEADERS) reply.removeHeader(name)
    }
  },
  { name: 'helmet', dependencies: ['env'] },
)
