/**
 * Lets the clients of this process go to other workers without a failed request.
 *
 * The process accepts no new connections: the primary gives them to other workers. Each answer on an
 * open connection ends the connection, so the client opens its next one to another worker. A
 * connection that stays idle is closed at the end.
 */

import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long idle connections stay open. */
const IDLE_MS = 5_000

export interface Draining {
  /** Resolves when no connection is left, or when only idle ones are. */
  drain(): Promise<void>
}

/**
 * Watches for servers that begin to listen. For `localhost`, Fastify has one for each address, and
 * gives out only the first.
 */
export function createDraining(): Draining {
  const servers = new Set<HttpServer>()
  subscribe('tracing:net.server.listen:asyncStart', (message) => {
    const { server } = message as { server: unknown }
    if (server instanceof HttpServer) servers.add(server)
  })

  return {
    async drain() {
      const closed = [...servers].map((server) => once(server, 'close'))
      for (const server of servers) {
        server.prependListener('request', (_request, response) => {
          response.setHeader('connection', 'close')
        })
        // The method of HTTP servers would also close connections on which a request may be arriving.
        NetServer.prototype.close.call(server)
      }
      await Promise.race([Promise.all(closed), sleep(IDLE_MS, undefined, { ref: false })])
    },
  }
}
