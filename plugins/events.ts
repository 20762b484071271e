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
    /** What the owner of an account is told about its sessions. */
    notices: Notices
    /** For what anybody can bring about as often as they like. */
    refusalEvents: RefusalEvents
    /** Where the request came from: address and user agent, bounded in length. */
    client(request: FastifyRequest): Client
    /** The client's address as limits count it: an IPv6 address as its /64, which is what one customer gets. */
    limitedAddress(request: FastifyRequest): string
    /** Who is calling, as the audit table names who did something to an account. */
    actor(request: FastifyRequest): Actor
  }
}

export interface EventsOptions {
  /** What the application is told of. */
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

    /** Warns once in a process: a client can send the header as often as it likes. */
    function warnOfProxy(peer: string): void {
      if (hasWarned || isTrusted(peer)) return
      hasWarned = true
      app.log.warn(
        { peer },
        'X-Forwarded-For is ignored: it came from an address that is not in TRUST_PROXY. If this is a proxy of yours, ' +
          'add its address there: until then its clients share one rate limit',
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
