import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { type Admission, compileAdmission } from '../src/access/admission.ts'
import { type Guard, permissionFor } from '../src/access/guards.ts'
import { AuthError } from '../src/errors.ts'
import { guardRoutes } from '../src/hooks/guarded-routes.ts'
import { insufficientScope } from '../src/http/bearer.ts'
import { whoMayCall } from '../src/openapi/guard.ts'
import { internalsOf } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

// The emitted declarations need `config.auth`.
export type {} from '../src/hooks/guarded-routes.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether a caller that must choose a new password may call this route. */
    beforePasswordChange?: boolean
  }
}

/**
 * Enforces the guards that routes declare in `config.auth`. A guard that cannot be enforced stops
 * the start.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    guardRoutes<Admission>(app, {
      compile: (guard, url) => compileAdmission(guard, url, core.roles),
      hooksOf: ({ scope, url, guard, compiled }) => ({
        onRequest: compiled.users === null ? undefined : core.recognise,
        preHandler: [core.callerAuthenticatorFor(scope, guard), permit(compiled, guard, url)],
      }),
    })

    function permit({ clients, users }: Admission, guard: Guard, url: string) {
      const challenge = insufficientScope(core.config.issuer, permissionFor(guard))

      return (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void => {
        const { principal, method } = request
        const isClient = clients && stateOf(request).oauthClient !== null
        if (isClient || users?.(principal, request.params as Record<string, string>)) {
          done()
          return
        }
        if (core.bearerToken(request) !== undefined) reply.header('www-authenticate', challenge)
        const { userId, sid } = principal
        const reason = `${method} ${url} is for ${whoMayCall(guard)}`
        core.refusalEvents
          .record('access-refused', `${sid} ${method} ${url}`, {
            userId,
            sid,
            client: core.client(request),
            reason,
          })
          .then(() => done(new AuthError('ACCESS_FORBIDDEN')))
      }
    }
  },
  { name: 'guards', dependencies: ['env', 'events', 'authenticate', 'clients', 'refusals', 'roles'] },
)
