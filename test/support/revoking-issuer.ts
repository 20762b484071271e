import type { ServerResponse } from 'node:http'
import type { Teardown } from './app.ts'
import { type Issuer, issuerOf, json, type Pair, type Respond } from './issuer.ts'

export interface RevokingIssuer extends Issuer {
  /** The bodies and credentials of introspections. */
  readonly introspections: { readonly token: string; readonly authorization: string | undefined }[]
  /** How a token is introspected from now on. */
  introspect: (token: string, response: ServerResponse) => void
  /** Tells all open streams of a change. */
  tell(change: { readonly of: 'session' | 'user'; readonly id: string } | 'everything'): void
  /** Ends all streams, and refuses new ones until `openStreams`. */
  closeStreams(): void
  openStreams(): void
}

/** An issuer over real HTTP that introspects, and streams revocations. */
export async function revokingIssuer(t: Teardown, ...pairs: readonly Pair[]): Promise<RevokingIssuer> {
  const issuer = await issuerOf(t, ...pairs)
  const keySet = issuer.respond
  const streams = new Set<ServerResponse>()
  let isStreaming = true
  let place = 0

  const send = (stream: ServerResponse, event: string, data: unknown) =>
    stream.write(`event: ${event}\nid: database-${place}\ndata: ${JSON.stringify(data)}\n\n`)

  const stream: Respond = (_request, response) => {
    if (!isStreaming) {
      response.writeHead(503).end()
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    streams.add(response)
    response.on('close', () => streams.delete(response))
    response.write('retry: 100\n\n')
    send(response, 'place', null)
  }

  const respond: Respond = (request, response) => {
    if (request.url === '/auth/revocations') return stream(request, response)
    if (request.url !== '/auth/introspect') return keySet(request, response)
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const token = new URLSearchParams(body).get('token') as string
      revoking.introspections.push({ token, authorization: request.headers.authorization })
      revoking.introspect(token, response)
    })
  }

  const revoking: RevokingIssuer = Object.assign(issuer, {
    introspections: [],
    introspect: (_token: string, response: ServerResponse) =>
      json({ active: true })(undefined as never, response),
    tell(change: Parameters<RevokingIssuer['tell']>[0]) {
      place += 1
      for (const each of streams) {
        if (change === 'everything') send(each, 'everything', {})
        else send(each, 'change', change)
      }
    },
    closeStreams() {
      isStreaming = false
      for (const each of streams) each.destroy()
    },
    openStreams() {
      isStreaming = true
    },
  })
  issuer.respond = respond
  return revoking
}
