import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { internalsOf } from '../src/wiring/internals.ts'
import type { RequestFacade } from '../src/wiring/request-facade.ts'
import { stateOf } from '../src/wiring/request-state.ts'
import { createServices, type Services } from '../src/wiring/services.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The services of Tacit for the application. */
    tacit: TacitServices
  }
  interface FastifyRequest {
    /** Data of the request beside `request.principal`, and the sign-out. */
    readonly tacit: RequestFacade
  }
}

/** The type of `app.tacit`. */
export interface TacitServices extends Services {
  /**
   * A hook that identifies the caller and refreshes the session if needed. Guarded routes have it
   * already. A public route or a scope may add it, with the effect of the guard `signed-in`. Passes
   * an `AuthError` to `done` if the request is refused: 401, or 503 if the database does not
   * answer.
   *
   * @example
   * const { authenticate } = app.tacit
   * const options = { config: { auth: 'public' }, preHandler: authenticate } as const
   * app.get('/feed', options, async ({ principal }) => ({ reader: principal.userId }))
   */
  authenticate(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void
}

/**
 * The decorators of the service: `app.tacit` and `request.tacit`. authenticate.ts has
 * `request.principal`.
 */
export default fp(
  async (app) => {
    const core = internalsOf(app)
    const answersErrors = core.scope.answersErrorsOf(app)
    const inApplication = core.authenticatorFor(app)
    // On the application's public routes, no cross-origin check runs before this hook.
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
