/**
 * Serves metrics on a listener of their own.
 *
 * Threat: strangers read how much the service is used, or reach the service by a second way.
 * Guarantee: the listener is there only if METRICS_PORT is set, on the loopback address unless METRICS_ADDRESS names
 * another, and it knows one request, `GET /metrics`. It shares no route, cookie or handler with the service. It sends no
 * CORS header, so a browser page cannot read it. It does not keep the process alive.
 * Limits: it asks for no password. Each program that reaches the address can read it: keep it in a private network.
 * Source: OWASP ASVS 5.0 V13.4.5.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '../config/config-error.ts'
import type { Metrics } from './metrics.ts'

export interface MetricsAddress {
  /** 0 takes any free port. */
  readonly metricsPort: number
  readonly metricsAddress: string
}

export interface MetricsServer {
  /** The port that is listened on. */
  readonly port: number
  close(): Promise<void>
}

const MAX_CONNECTIONS = 16
const REQUEST_TIMEOUT_MS = 10_000

/** @throws ConfigError if the port cannot be listened on */
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
          `METRICS_PORT: port ${port} of ${host} cannot be listened on: ${reason}. Set METRICS_PORT and METRICS_ADDRESS to a free port of this machine`,
        ),
      )
    })
    server.listen({ port, host }, resolve)
  })
}
