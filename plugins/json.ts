import Fastify, { type preParsingHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { hookList } from '../src/hooks/hook-list.ts'
import { isSafe } from '../src/http/cross-origin.ts'
import { INPUT_RULES, MAX_BODY_BYTES } from '../src/http/input-rules.ts'
import { hasBody } from '../src/http/request-body.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/**
 * JSON bodies as Fastify reads them, but that an empty one is no body: many clients name the type of what they send whether
 * or not they send anything, and signing out takes nothing.
 *
 * Within an application, the routes of the service read no other type that the application has a parser for, and their input
 * is judged as in the service. A service has these rules from `serverOptions`.
 */
export default fp(
  async (app) => {
    const { scope } = internalsOf(app)
    if (scope.isOwn(app)) {
      app.removeAllContentTypeParsers()
      app.setValidatorCompiler(await strictValidatorCompiler())
      app.addHook('onRoute', (route) => {
        route.bodyLimit ??= MAX_BODY_BYTES
      })
    }
    app.addHook('onRoute', (route) => {
      if ([route.method].flat().every(isSafe)) return
      route.preParsing = [ignoreTypeOfNothing, ...hookList(route.preParsing)]
    })
    const read = app.getDefaultJsonParser('error', 'error')
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
      if (body === '') return done(null)
      return read(request, body, done)
    })
  },
  { name: 'json', dependencies: ['cross-origin'] },
)

/**
 * Removes the type of an empty body that has no parser. `axios.post(url)`, `curl -d ''` and a form
 * without fields name the type of a form and send nothing. Fastify would answer 415.
 */
const ignoreTypeOfNothing: preParsingHookHandler = (request, _reply, _payload, done) => {
  const { headers, server } = request
  if (headers['content-type'] !== undefined && !hasBody(request)) {
    const type = request.mediaType
    if (type === undefined || !server.hasContentTypeParser(type)) delete headers['content-type']
  }
  done()
}

/** The compiler that Fastify makes for an application with these rules. */
async function strictValidatorCompiler() {
  const strict = Fastify({ ajv: INPUT_RULES })
  strict.get('/', { schema: { querystring: { type: 'object' } } }, () => null)
  await strict.ready()
  // An application with a schema has one.
  return strict.validatorCompiler as NonNullable<typeof strict.validatorCompiler>
}
