/**
 * One round of load with autocannon.
 */
import autocannon, { type Client, type Request } from 'autocannon'
import type { Server } from './process.ts'

export interface Load {
  readonly connections: number
  readonly seconds: number
  readonly headers?: Record<string, string>
  /** Prepares each connection, such as with cookies of its own. */
  readonly setupClient?: (client: Client) => void
  /** The status that every answer must have; 200 when left out. */
  readonly status?: number
  /** Throws if the answers were not those that the figure is about. */
  readonly judge?: () => void
}

export interface Round {
  readonly requestsPerSecond: number
  readonly p99Ms: number
  /** CPU time of one request, in microseconds: hardly moved by what else the machine does. */
  readonly cpu: number
}

/** GET /me. Fails when a single answer has another status: a figure for errors is no figure. */
export async function load(server: Server, options: Load): Promise<Round> {
  const { connections, seconds, headers = {}, setupClient, status = 200, judge } = options
  const before = server.cpuMicroseconds()
  const rest = stayAwake()
  const result = await autocannon({
    url: `${server.url}/me`,
    connections,
    duration: seconds,
    headers,
    ...(setupClient && { setupClient }),
  })
  rest()
  const { requests, errors } = result
  const answered = (result as { statusCodeStats?: Record<string, { count: number }> }).statusCodeStats ?? {}
  const other = Object.keys(answered).filter((each) => Number(each) !== status)
  if (errors > 0 || other.length > 0) {
    throw new Error(`${server.url}: expected ${status} and got ${other}; ${errors} requests failed`)
  }
  judge?.()
  const cpu = (server.cpuMicroseconds() - before) / requests.total
  return { requestsPerSecond: requests.average, p99Ms: result.latency.p99, cpu }
}

/**
 * Keeps this process from sleeping between two answers. To wake it is the sender's work, and dear in a virtual machine: a
 * server that is slower than the load would be charged some 20 µs for each answer.
 * @returns how to let it sleep again
 */
function stayAwake(): () => void {
  let isAwake = true
  const turn = () => {
    if (isAwake) setImmediate(turn)
  }
  turn()
  return () => {
    isAwake = false
  }
}

/** Every connection sends so many different requests in turn. */
export const inTurn =
  (each: number, headers: (index: number) => Record<string, string>) =>
  (client: Client): void => {
    const requests = Array.from({ length: each }, (_, index): Request => ({ headers: headers(index) }))
    client.setRequests(requests)
  }
