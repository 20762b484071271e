import fp from 'fastify-plugin'

/**
 * JSON bodies as Fastify reads them, but that an empty one is no body: many clients name the type of what they send whether
 * or not they send anything, and signing out takes nothing.
 */
export default fp(
  async (app) => {
    const read = app.getDefaultJsonParser('error', 'error')
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
      if (body === '') return done(null)
      return read(request, body, done)
    })
  },
  { name: 'json' },
)
