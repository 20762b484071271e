/**
 * GET /me in its kinds: each scenario has a load for the service, which is compared with the same load on bare Fastify.
 */
import type { Client } from 'autocannon'
import type { Load } from './load.ts'
import { cookieHeader, keep, register } from './people.ts'
import { EVERY_REFRESH_ROTATES } from './servers.ts'

export interface Scenario {
  readonly name: string
  /** The ratio to bare Fastify that is aimed at. */
  readonly goal: number
  /** Whether the peers are measured beside it. */
  readonly peers?: boolean
  /** Whether bench/least.ts is measured beside it. */
  readonly least?: boolean
  /** What the service is set to besides. */
  readonly settings?: Readonly<Record<string, string>>
  prepare(url: string): Promise<Pick<Load, 'headers' | 'setupClient' | 'judge'>>
}

export const CONNECTIONS = 64

export const scenarios: readonly Scenario[] = [
  {
    name: 'GET /me by cookie',
    goal: 0.9,
    peers: true,
    async prepare(url) {
      return { headers: { cookie: cookieHeader(await register(url, 'cookie@example.com')) } }
    },
  },
  {
    name: 'GET /me by bearer',
    goal: 0.9,
    async prepare(url) {
      const cookies = await register(url, 'bearer@example.com')
      return { headers: { authorization: `Bearer ${cookies.get('access')}` } }
    },
  },
  {
    name: 'GET /me, each with a silent refresh',
    goal: 0.5,
    least: true,
    settings: EVERY_REFRESH_ROTATES,
    async prepare(url) {
      const people = await Promise.all(
        Array.from({ length: CONNECTIONS }, (_, index) => register(url, `refresh-${index}@example.com`)),
      )
      let next = 0
      let unrotated = 0
      const setupClient = (client: Client) => {
        const cookies = people[next++ % CONNECTIONS] as Map<string, string>
        const send = () => {
          cookies.delete('access')
          client.setHeaders({ cookie: cookieHeader(cookies) })
        }
        send()
        client.on('headers', (parsed: unknown) => {
          const { headers } = parsed as { headers: string[] }
          const presented = cookies.get('refresh')
          keep(
            cookies,
            headers.filter((_, index) => headers[index - 1]?.toLowerCase() === 'set-cookie'),
          )
          if (cookies.get('refresh') === presented) unrotated += 1
          send()
        })
      }
      const judge = () => {
        // Nothing is written for such an answer: the figure would be that of something else.
        if (unrotated > 0) throw new Error(`${unrotated} refreshes were answered without a rotation`)
      }
      return { setupClient, judge }
    },
  },
]
