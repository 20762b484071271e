import fp from 'fastify-plugin'
import { answerHeaders, pageHeaders } from '../src/security-headers.ts'

/** The headers are the same every time, so helmet is asked for them once. */
export default fp(
  async (app) => {
    const ofAnswers = answerHeaders(app.config)
    const ofPages = pageHeaders()
    app.addHook('onRequest', (_request, reply, done) => {
      reply.headers(ofAnswers)
      done()
    })
    app.addHook('onSend', (_request, reply, _payload, done) => {
      if (String(reply.getHeader('content-type')).startsWith('text/html')) reply.headers(ofPages)
      done()
    })
  },
  { name: 'helmet', dependencies: ['env'] },
)
