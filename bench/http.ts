/**
 * A plain HTTP client for what autocannon does not do: requests at moments of our choosing, and what they were
 * answered.
 */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http'

export interface Message {
  readonly path: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  /** Sent as JSON. */
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly cookies: readonly string[]
  readonly body: string
}

export interface Client {
  send(message: Message): Promise<Answer>
  close(): void
}

/**
 * Connections are kept and used again; there are as many as requests under way.
 * @param maxSockets a request beyond it waits for one of them
 */
export function createClient(url: string, maxSockets = Number.POSITIVE_INFINITY): Client {
  const agent = new Agent({ keepAlive: true, maxSockets })
  return {
    send: ({ path, method = 'GET', headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const payload = body === undefined ? undefined : JSON.stringify(body)
        const typed = payload === undefined ? headers : { ...headers, 'content-type': 'application/json' }
        const outgoing = request(`${url}${path}`, { agent, method, headers: typed }, (response) => {
          const parts: string[] = []
          response.setEncoding('utf8')
          response.on('data', (part: string) => parts.push(part))
          response.on('error', reject)
          response.on('end', () => {
            const cookies = response.headers['set-cookie'] ?? []
            resolve({ status: response.statusCode ?? 0, cookies, body: parts.join('') })
          })
        })
        outgoing.on('error', reject)
        outgoing.end(payload)
      }),
    close: () => agent.destroy(),
  }
}

/** As `send`, but another status than the one expected is an error: a figure for errors is no figure. */
export async function expect(client: Client, status: number, message: Message): Promise<Answer> {
  const answer = await client.send(message)
  if (answer.status === status) return answer
  throw new Error(`${message.path}: answered ${answer.status} where ${status} was expected: ${answer.body}`)
}
