import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { AuthError, messageOf } from '../src/errors.ts'
import { bearerChallenge } from '../src/http/bearer.ts'
import { type OAuthRefusal, toOAuthRefusal, toProtectedRefusal } from '../src/sign-in/token-endpoint.ts'
import { type Internals, internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * Converts any error to an AuthError, and sets the status and the headers that belong to it.
     */
    refusal(error: unknown, request: FastifyRequest, reply: FastifyReply): AuthError
    /** The same in the shape of RFC 6749, or in the one of the route's `refusalShape`. */
    oauthRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): OAuthRefusal
    /** The error handler of OAuth endpoints. */
    sendOAuthRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): void
    /** Sets only the headers, for an error that the application answers. */
    setRefusalHeaders(error: unknown, reply: FastifyReply): void
  }
}

/**
 * Converts errors to refusals. An unexpected error becomes a 500 without details, and is logged
 * completely.
 */
export default fp(
  async (app) => {
    const realm = internalsOf(app).config.issuer

    const setRefusalHeaders: Internals['setRefusalHeaders'] = (refusal, reply) => {
      if (!(refusal instanceof AuthError)) return
      if (refusal.statusCode === 401) reply.header('www-authenticate', challenge(refusal))
      if (refusal.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds)
    }

    const toRefusal: Internals['refusal'] = (error, request, reply) => {
      const refusal = toAuthError(error, request)
      reply.code(refusal.statusCode)
      setRefusalHeaders(refusal, reply)
      if (refusal.statusCode === 500) request.log.error({ err: error }, 'Unexpected error')
      else if (refusal.statusCode === 503)
        request.log.warn({ err: refusal.cause ?? refusal }, refusal.message)
      return refusal
    }

    const oauthRefusal: Internals['oauthRefusal'] = (error, request, reply) => {
      const { refusalShape } = request.routeOptions.config
      const shaped = refusalShape === 'oauth-protected' ? toProtectedRefusal : toOAuthRefusal
      return shaped(toRefusal(error, request, reply))
    }

    provide(app, {
      refusal: toRefusal,
      oauthRefusal,
      sendOAuthRefusal(error, request, reply) {
        const { status, body } = oauthRefusal(error, request, reply)
        reply.code(status).header('cache-control', 'no-store').send(body)
      },
      setRefusalHeaders,
    })

    /** RFC 7617 section 2.1 has the challenge for clients. */
    const challenge = ({ code }: AuthError): string =>
      code === 'CLIENT_INVALID' ? `Basic realm="${realm}", charset="UTF-8"` : bearerChallenge(realm, code)
  },
  { name: 'refusals', dependencies: ['env'] },
)

function toAuthError(error: unknown, request: FastifyRequest): AuthError {
  if (error instanceof AuthError) return error
  const { statusCode = 500, validation, validationContext, message } = error as Partial<FastifyError>
  if (validation !== undefined) {
    return new AuthError('INVALID_REQUEST', {
      message: explain(validation[0] as Failure, validationContext as string),
    })
  }
  if (statusCode === 413) return new AuthError('BODY_TOO_LARGE')
  if (statusCode === 415) return unsupportedMediaType(request)
  // Errors of Fastify about a request. Their messages quote at most its media type.
  if (statusCode >= 400 && statusCode < 500)
    return new AuthError('INVALID_REQUEST', { message: message as string })
  return new AuthError('INTERNAL', { cause: error })
}

/** A route that reads other types than JSON lists them in `consumes`. */
function unsupportedMediaType({ routeOptions }: FastifyRequest): AuthError {
  const types = routeOptions.schema?.consumes
  if (types === undefined) return new AuthError('UNSUPPORTED_MEDIA_TYPE')
  const message = messageOf('UNSUPPORTED_MEDIA_TYPE').replace('application/json', types.join(' or '))
  return new AuthError('UNSUPPORTED_MEDIA_TYPE', { message })
}

type Failure = NonNullable<FastifyError['validation']>[number]

/**
 * Says which part of the request is wrong, and how. The message has names but no values, because a
 * value may be a password.
 */
function explain({ instancePath, message, params }: Failure, part: string): string {
  const where = `${part}${instancePath}`
  const unknown = params.additionalProperty
  if (typeof unknown !== 'string') return `${where} ${message}`
  return `${where} must not have the property ${JSON.stringify(unknown.slice(0, 64))}`
}
