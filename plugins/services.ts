import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { internalsOf } from '../src/wiring/internals.ts'
import type { RequestFacade } from '../src/wiring/request-facade.ts'
import { stateOf } from '../src/wiring/request-state.ts'
import { createServices, type Services } from '../src/wiring/services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    tacit: TacitServices
  }
  interface FastifyRequest {
    readonly tacit: RequestFacade
  }
}

export interface TacitServices extends Services {
  /**
   * A hook that identifies the caller and refreshes the session if needed. Guarded routes have it already. A public route or
   * a scope may add it: the effect is that of the guard `signed-in`.
   */
  authenticate(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
}

/** The decorators of the service: `app.tacit` and `request.tacit`. `request.principal` is in authenticate.ts. */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const answersErrors = core.scope.answersErrorsOf(app)
    const inApplication = core.authenticatorFor(app)
    // No check of the origin comes before a hook that the application adds to its public routes.
    const authenticate: TacitServices['authenticate'] = answersErrors
      ? core.authenticate
      : (request, reply, done) =>
          core.refuseForeign(request, (error) => {
            if (error) done(error)
            else inApplication(request, reply, done)
          })
    app.decorate('tacit', Object.freeze({ ...createServices(core), authenticate }))

    app.decorateRequest('tacit', {
      getter() {
        const state = stateOf(this)
        state.facade ??= facadeOf(this)
        return state.facade
      },
    })

    const facadeOf = (request: FastifyRequest): RequestFacade =>
      Object.freeze({
        get arrivedAt() {
          return core.arrivedAt(request)
        },
        get client() {
          return core.client(request)
        },
        get isSignedIn() {
          return request.principal !== null
        },
        signOut: () => core.endSession(request),
      })
  },
  { name: 'services', dependencies: ['accounts', 'authenticate', 'browser-session', 'cross-origin'] },
)
