/**
 * Limits requests that a client keeps open.
 *
 * Threat: an attacker sends the head of a request and delays the body, so that the old arrival
 * decides. Or an unauthenticated client makes the service read a large body.
 * Guarantee: a request with a body is authenticated when its head arrives, before the body is read.
 * It is checked again when the body is complete. On a public route it arrives when its body is
 * complete. If a limit of the session passes before the response leaves, the response is a 401.
 * Limits: a change that the handler has made by then stays. REQUEST_TIMEOUT ends a body,
 * CONNECTION_TIMEOUT a silent connection.
 * Source: docs/rotation.md, "Arrival is not the sender's to choose".
 */
import type { preParsingHookHandler, preValidationHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import type { Guard } from '../src/access/guards.ts'
import { hookList } from '../src/hooks/hook-list.ts'
import { hasBody } from '../src/http/request-body.ts'
import { internalsOf } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

export default fp(
  async (app) => {
    const core = internalsOf(app)
    const { clock, sessions } = core

    // The last `preParsing` hook: the limits and the cross-origin check come before it.
    const authenticateByHead =
      (authenticate: typeof core.authenticate): preParsingHookHandler =>
      (request, reply, _payload, done) => {
        if (hasBody(request)) authenticate(request, reply, done)
        else done()
      }

    const arriveWithBody: preValidationHookHandler = (request, _reply, done) => {
      if (hasBody(request)) stateOf(request).arrivedTick = clock.monotonic()
      done()
    }

    app.addHook('onRoute', function onRoute(route) {
      if (!core.scope.covers(this, route)) return
      // No body is read before the handler of these methods runs.
      if ([route.method].flat().every((method) => method === 'GET' || method === 'HEAD')) return
      // The plugin `guards` has set it.
      const guard = route.config?.auth as Guard
      if (guard === 'public') {
        route.preValidation = [arriveWithBody, ...hookList(route.preValidation)]
      } else {
        route.preParsing = [
          ...hookList(route.preParsing),
          authenticateByHead(core.callerAuthenticatorFor(this, guard)),
        ]
      }
    })

    app.addHook('onSend', (request, reply, payload, done) => {
      const { principal } = request
      if (principal === null || reply.statusCode >= 400 || !sessions.isPastLimit(principal)) return done()
      sessions.recheck(principal, core.arrivedAt(request)).then(
        () => done(),
        (error: Error) => {
          ;(payload as { destroy?(): void } | null)?.destroy?.()
          done(error)
        },
      )
    })
  },
  {
    name: 'held-requests',
    dependencies: ['clock', 'sessions', 'clients', 'guards', 'cookies', 'cross-origin', 'rate-limit'],
  },
)
