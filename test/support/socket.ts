import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestApp } from './app.ts'
import type { Jar } from './jar.ts'

export interface SocketAnswer {
  readonly statusCode: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A request over a connection of its own, whose body is still to be sent. */
export interface SocketRequest {
  readonly outgoing: ClientRequest
  /** Resolves with the head of the response; its body is still to be read. */
  readonly head: Promise<IncomingMessage>
}

/** Makes the service listen. @returns the port */
export async function listen({ app }: TestApp): Promise<number> {
  await app.listen({ port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** Begins a request as a browser at this origin makes it. Its head is sent at once. */
export function begin(
  port: number,
  { method, url }: { readonly method: string; readonly url: string },
  jar: Jar,
  headers: Readonly<Record<string, string>> = {},
): SocketRequest {
  const cookie = jar.header()
  const outgoing = request({
    port,
    method,
    path: url,
    agent: false,
    headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...headers },
  })
  const head = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
  })
  head.catch(() => {})
  outgoing.flushHeaders()
  return { outgoing, head }
}

/** Reads a response to its end. */
export async function readAnswer(head: Promise<IncomingMessage>): Promise<SocketAnswer> {
  const incoming = await head
  const { statusCode, headers } = incoming
  return { statusCode, headers, body: await text(incoming) }
}

/** Sends a request, with JSON as its body if there is any, and waits for all of the response. */
export function send(
  port: number,
  options: Parameters<typeof begin>[1],
  jar: Jar,
  json?: string,
): Promise<SocketAnswer> {
  const headers = json === undefined ? {} : { 'content-type': 'application/json' }
  const { outgoing, head } = begin(port, options, jar, headers)
  outgoing.end(json)
  return readAnswer(head)
}

/**
 * Sends these bytes on a connection of its own.
 * @returns the whole answer until the service closes
 */
export function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, 'localhost')
  socket.write(bytes)
  return text(socket)
}

/** The first answer of an exchange. */
export function parseAnswer(bytes: string): SocketAnswer {
  const [head = '', ...rest] = bytes.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers = lines.map((line) => {
    const at = line.indexOf(': ')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 2)]
  })
  return {
    statusCode: Number(status.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: rest.join('\r\n\r\n'),
  }
}
