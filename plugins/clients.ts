/**
 * Authenticates registered clients by HTTP Basic.
 *
 * Threat: an attacker tries secrets, uses up the limit of another client, or hides in many refusals.
 * Guarantee: each wrong secret counts for the strict limit of its address and is a bounded event.
 * An authenticated client has a limit of its own. The header and the secret are in no event and in
 * no error.
 * Limits: the right secret is accepted also from an address over the strict limit, because others
 * may share the address. So each attempt reads a row.
 * Source: RFC 6749 section 2.3.1, RFC 7617.
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { isForClients } from '../src/access/admission.ts'
import type { ClientRule, Guard } from '../src/access/guards.ts'
import { type Clients, createClients } from '../src/clients/clients.ts'
import { AuthError } from '../src/errors.ts'
import { isBasic, readBasicCredentials } from '../src/http/basic-credentials.ts'
import { type Internals, internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** The registered clients. */
    clients: Clients
    /**
     * The hook that authenticates the callers of a guarded route. For a registered client, it sets
     * `stateOf(request).oauthClient`.
     * @param part the part of the application that declares the route
     */
    callerAuthenticatorFor(
      part: object,
      guard: Guard,
    ): (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void
    /**
     * The hook that limits requests without the credentials of a client, on a route that admits
     * clients. They count for the session if the guard admits users, else for the address.
     */
    limitPerClient(guard: ClientRule): onRequestHookHandler
  }
}

const MAX_CLIENTS_COUNTED = 10_000

export default fp(
  async (app) => {
    const core = internalsOf(app)
    const clients = createClients(core)
    const limit = core.config.clientRateLimitMax
    const counts = core.limits.counts('client', MAX_CLIENTS_COUNTED, limit)

    async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
      const { authorization } = request.headers
      if (!isBasic(authorization)) throw new AuthError('CLIENT_INVALID')
      const credentials = readBasicCredentials(authorization)
      const client = credentials && (await clients.authenticate(credentials))
      if (client === null) return refuse(request, reply)
      const { arrivedTick } = stateOf(request)
      const count = counts.add(client.id, arrivedTick)
      // A count in own memory changes with the next request: it is read at once.
      const { requests, endsAt } = count instanceof Promise ? await count : count
      if (requests > limit) {
        throw await core.refuseByLimit(request, reply, {
          setting: 'CLIENT_RATE_LIMIT_MAX',
          limit,
          key: client.id,
          retryAfterSeconds: Math.ceil((endsAt - arrivedTick) / 1_000),
        })
      }
      stateOf(request).oauthClient = client
    }

    async function refuse(request: FastifyRequest, reply: FastifyReply): Promise<never> {
      const { method, routeOptions } = request
      await core.refusalEvents.record('client-refused', core.limitedAddress(request), {
        client: core.client(request),
        reason: `${method} ${routeOptions.url}`,
      })
      await core.limitStrictly(request, reply)
      throw new AuthError('CLIENT_INVALID')
    }

    function clientAuthenticator(part: object, users: Internals['authenticate'] | null) {
      const answersErrors = core.scope.answersErrorsOf(part)
      const authenticator: Internals['authenticate'] = (request, reply, done) => {
        if (stateOf(request).oauthClient !== null) return done()
        const finish = (error?: Error) => {
          // Without any credentials, the answer asks for those of a client.
          const refusal = isMissing(error) ? new AuthError('CLIENT_INVALID') : error
          if (!answersErrors) core.setRefusalHeaders(refusal, reply)
          done(refusal)
        }
        if (users !== null && !isBasic(request.headers.authorization)) users(request, reply, finish)
        else authenticate(request, reply).then(() => finish(), finish)
      }
      return authenticator
    }

    provide(app, {
      clients,
      callerAuthenticatorFor(part, guard) {
        if (!isForClients(guard)) return core.authenticatorFor(part)
        return clientAuthenticator(part, guard.or === undefined ? null : core.authenticatorFor(part))
      },
      limitPerClient: (guard) => (request, reply, done) => {
        // `authenticate` counts them.
        if (isBasic(request.headers.authorization)) done()
        else if (guard.or === undefined) core.limitPerAddress(request, reply).then(() => done(), done)
        else core.limitPerSession.call(app, request, reply, done)
      },
    })
  },
  {
    name: 'clients',
    dependencies: [
      ...['env', 'clock', 'database', 'events', 'request-counts', 'session-limit', 'refusals'],
      'authenticate',
    ],
  },
)

const isMissing = (error: unknown): boolean => error instanceof AuthError && error.code === 'TOKEN_MISSING'
