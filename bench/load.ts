/**
 * One round of load with autocannon.
 */
import autocannon, { type Client } from 'autocannon'

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly headers?: Record<string, string>
  /** Prepares each connection, such as with cookies of its own. */
  readonly setupClient?: (client: Client) => void
}

export interface Round {
  readonly requestsPerSecond: number
  readonly p99Ms: number
}

/** Fails when a single answer is not 2xx: a figure for errors is no figure. */
export async function load({ url, connections, seconds, headers = {}, setupClient }: Load): Promise<Round> {
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    headers,
    ...(setupClient && { setupClient }),
  })
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} requests failed`)
  }
  return { requestsPerSecond: result.requests.average, p99Ms: result.latency.p99 }
}
