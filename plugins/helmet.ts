import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { answerHeaders, pageHeaders } from '../src/http/security-headers.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** What lets the page of another origin read an answer. */
const CORS_HEADERS = ['access-control-allow-origin', 'access-control-allow-credentials']

/** The headers are the same every time, so helmet is asked for them once. */
export default fp(
  async (app) => {
    const { config, scope } = internalsOf(app)
    const ofAnswers = answerHeaders(config)
    const ofPages = pageHeaders()
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(ofAnswers)
      done()
    })
    // The hooks of an application come after those of a scope within it, if they are added later.
    const isWithin = scope.isOwn(app)
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (isWithin) withoutForeignHeaders(reply)
      // Not modified: a browser puts the headers of this answer in the place of those that it has kept, and nothing here
      // tells a page from anything else. Without a policy of its own it leaves the page the one that it came with.
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
