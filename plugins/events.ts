import { normalizeIP } from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import { type Actor, boundedClient, type Client, createEvents, type Events } from '../src/audit/events.ts'
import { createRefusalEvents, type RefusalEvents } from '../src/audit/refusal-events.ts'
import { clientAddress, trustedProxies } from '../src/http/client-address.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: Events
    /** For what anybody can bring about as often as they like. */
    refusalEvents: RefusalEvents
  }
  interface FastifyRequest {
    /** Where the request came from: address and user agent, bounded in length. */
    client(): Client
    /** The client's address as limits count it: an IPv6 address as its /64, which is what one customer gets. */
    limitedAddress(): string
    /** Who is calling, as the audit table names who did something to an account. */
    actor(): Actor
  }
}

export default fp(
  async (app) => {
    app.decorate('events', createEvents({ store: app.store, clock: app.clock, log: app.log }))
    app.decorate('refusalEvents', createRefusalEvents(app))

    const isTrusted = trustedProxies(app.config.trustProxy)
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

    app.decorateRequest('client', function client() {
      const { remoteAddress } = this.socket
      const forwardedFor = this.headers['x-forwarded-for'] as string | undefined
      if (forwardedFor !== undefined && remoteAddress !== undefined) warnOfProxy(remoteAddress)
      const address = clientAddress(remoteAddress, forwardedFor, isTrusted)
      return boundedClient(address, this.headers['user-agent'])
    })
    app.decorateRequest('limitedAddress', function limitedAddress() {
      return normalizeIP(this.client().ip)
    })
    app.decorateRequest('actor', function actor() {
      const { userId, sid } = this.principal
      return { userId, sid, client: this.client() }
    })
  },
  { name: 'events', dependencies: ['env', 'database', 'clock'] },
)
