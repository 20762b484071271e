/**
 * Serves metrics on a separate listener.
 *
 * Threat: a stranger reads how much the service is used, or reaches the service on a second port.
 * Guarantee: the listener exists only if METRICS_PORT is set. It uses the loopback address unless
 * METRICS_ADDRESS is set. It answers `GET /metrics` only, and shares no route, cookie or handler
 * with the service. It sends no CORS header, so a page cannot read it. It does not keep the process
 * alive.
 * Limits: there is no password. Every program that reaches the address can read the metrics, so the
 * address must be in a private network.
 * Source: OWASP ASVS 5.0 V13.4.5.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../config/config-error.ts'
import type { Metrics } from './metrics.ts'

/** Where the metrics are served. */
export interface MetricsAddress {
  /** 0 chooses a free port. */
  readonly metricsPort: number
  readonly metricsAddress: string
}

/** A running listener. */
export interface MetricsServer {
  /** The port of the listener. */
  readonly port: number
  close(): Promise<void>
}

const MAX_CONNECTIONS = 16
const REQUEST_TIMEOUT_MS = 10_000

/**
 * Starts the listener.
 * @throws ConfigError if the service cannot listen on the port
 */
export async function serveMetrics(
  { render, contentType }: Pick<Metrics, 'render' | 'contentType'>,
  { metricsPort: port, metricsAddress: host }: MetricsAddress,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, async (request, response) => {
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    if (request.method === 'GET' && request.url === '/metrics') {
      response.writeHead(200, { ...headers, 'content-type': contentType }).end(await render())
    } else {
      response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('Not found\n')
    }
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, port, host)
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'another program uses it' : message
      reject(
        new ConfigError(
          `METRICS_PORT: the service cannot listen on port ${port} of ${host}: ${reason}. Set METRICS_PORT and METRICS_ADDRESS to a free port of this machine`,
        ),
      )
    })
    server.listen({ port, host }, resolve)
  })
}
