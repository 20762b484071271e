import fp from 'fastify-plugin'
import { answerHeaders, pageHeaders } from '../src/http/security-headers.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** The headers are the same every time, so helmet is asked for them once. */
export default fp(
  async (app) => {
    const ofAnswers = answerHeaders(internalsOf(app).config)
    const ofPages = pageHeaders()
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(ofAnswers)
      done()
    })
    app.addHook('onSend', (_request, reply, _payload, done) => {
      // Not modified: a browser puts the headers of this answer in the place of those that it has kept, and nothing here
      // tells a page from anything else. Without a policy of its own it leaves the page the one that it came with.
      if (reply.statusCode === 304) reply.removeHeader('content-security-policy')
      if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.headers(ofPages)
      done()
    })
  },
  { name: 'helmet', dependencies: ['env'] },
)
