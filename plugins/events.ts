import fp from 'fastify-plugin'
import { type Actor, boundedClient, type Client, createEvents, type Events } from '../src/events.ts'
import { createRefusalEvents, type RefusalEvents } from '../src/refusal-events.ts'

declare module 'fastify' {
  interface FastifyInstance {
    events: Events
    /** For what anybody can bring about as often as they like. */
    refusalEvents: RefusalEvents
  }
  interface FastifyRequest {
    /** Where the request came from: address and user agent, bounded in length. */
    client(): Client
    /** Who is calling, as the audit table names who did something to an account. */
    actor(): Actor
  }
}

export default fp(
  async (app) => {
    app.decorate('events', createEvents({ store: app.store, clock: app.clock, log: app.log }))
    app.decorate('refusalEvents', createRefusalEvents(app))
    app.decorateRequest('client', function client() {
      return boundedClient(this.ip, this.headers['user-agent'])
    })
    app.decorateRequest('actor', function actor() {
      const { userId, role } = this.principal
      return { userId, role, client: this.client() }
    })
  },
  { name: 'events', dependencies: ['database', 'clock'] },
)
