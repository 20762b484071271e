import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { type Actor, boundedClient, type Client, createEvents, type Events } from '../src/audit/events.ts'
import { createTell, type Listeners } from '../src/audit/listeners.ts'
import { createNotices, type Notices } from '../src/audit/notices.ts'
import { createRefusalEvents, type RefusalEvents } from '../src/audit/refusal-events.ts'
import { clientAddress, trustedProxies } from '../src/http/client-address.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    events: Events
    /** The notices about sessions that the owner of an account sees. */
    notices: Notices
    /** For events that any client can cause without limit. */
    refusalEvents: RefusalEvents
    /** Address and user agent of the client, bounded in length. */
    client(request: FastifyRequest): Client
    /**
     * The client's address for limits. An IPv6 address counts by its /64, which is the usual size
     * for one customer.
     */
    limitedAddress(request: FastifyRequest): string
    /** The caller as the actor of an event. */
    actor(request: FastifyRequest): Actor
  }
}

export interface EventsOptions {
  /** The application's functions for security events. */
  readonly listeners?: Listeners
}

export default fp<EventsOptions>(
  async (app, { listeners = {} }) => {
    const { store, clock, config } = internalsOf(app)
    const events = createEvents({
      store,
      clock,
      log: app.log,
      tell: createTell(listeners, { clock, log: app.log }),
    })
    const notices = createNotices({ store, clock, settings: config })
    provide(app, { events, notices, refusalEvents: createRefusalEvents({ events, clock }) })

    const isTrusted = trustedProxies(config.trustProxy)
    let hasWarned = false

    /** Warns once in a process, because a client can send the header without limit. */
    function warnOfProxy(peer: string): void {
      if (hasWarned || isTrusted(peer)) return
      hasWarned = true
      app.log.warn(
        { peer },
        'X-Forwarded-For is ignored: its sender is not in TRUST_PROXY. If this is your proxy, add its address to ' +
          'TRUST_PROXY. Until then its clients share one rate limit.',
      )
    }

    function client(request: FastifyRequest): Client {
      const { remoteAddress } = request.socket
      const forwardedFor = request.headers['x-forwarded-for'] as string | undefined
      if (forwardedFor !== undefined && remoteAddress !== undefined) warnOfProxy(remoteAddress)
      const address = clientAddress(remoteAddress, forwardedFor, isTrusted)
      return boundedClient(address, request.headers['user-agent'])
    }

    provide(app, {
      client,
      limitedAddress: (request) => normalizeIP(client(request).ip),
      actor(request) {
        const { userId, sid } = request.principal
        return { userId, sid, client: client(request) }
      },
    })
  },
  { name: 'events', dependencies: ['env', 'database', 'clock'] },
)
