import { type Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Jar } from '../support/jar.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly setCookies: readonly string[]
  // What a stranger's JSON holds is for the test to say.
  json<Shape = Record<string, unknown>>(): Shape
}

export interface RequestOptions {
  /** Sends its cookies and keeps new ones. */
  readonly jar?: Jar
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>> | string
  /** An access token for `Authorization: Bearer`. */
  readonly bearer?: string
  /** The address that it comes from: any of 127.0.0.0/8. */
  readonly from?: string
  /** Undefined takes away what would be sent. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
}

export type Send = (method: string, path: string, options?: RequestOptions) => Promise<Answer>

/** A client over real connections, which are kept; it sends what a page of the service's own origin would. */
export function createClient(port: number, agent: Agent): Send {
  return async (method, path, { jar, json, form, bearer, from, headers } = {}) => {
    const payload = json === undefined ? form : JSON.stringify(json)
    const body = typeof payload === 'object' ? new URLSearchParams(payload).toString() : payload
    const cookie = jar?.header()
    // Said always: Node.js would send the body of a DELETE without its length.
    const length = body === undefined ? undefined : String(Buffer.byteLength(body))
    const all = {
      'sec-fetch-site': 'same-origin',
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(form !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      ...(cookie !== undefined && { cookie }),
      'content-length': length,
      ...headers,
    }
    const given = Object.entries(all).filter(([, value]) => value !== undefined)
    const outgoing = request({
      port,
      ...(from === undefined
        ? { host: 'localhost', agent }
        : { host: '127.0.0.1', localAddress: from, agent: false }),
      method,
      path,
      headers: Object.fromEntries(given),
    })
    outgoing.end(body)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    outgoing.once('error', reject).once('response', (incoming) => {
      text(incoming).then((body) => {
        const setCookies = incoming.headers['set-cookie'] ?? []
        jar?.take(setCookies)
        const { statusCode: status = 0, headers } = incoming
        resolve({ status, headers, body, setCookies, json: () => JSON.parse(body) })
      }, reject)
    })
    return promise
  }
}

/** An answer that was read to the end of its connection. */
export function parse(bytes: string): Answer {
  const [head = '', ...rest] = bytes.split('\r\n\r\n')
  const [statusLine = '', ...lines] = head.split('\r\n')
  const pairs = lines.map((line) => [line.split(':')[0]?.toLowerCase(), line.replace(/^[^:]*: */, '')])
  const body = rest.join('\r\n\r\n')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(pairs),
    body,
    setCookies: pairs.flatMap(([name, value]) => (name === 'set-cookie' ? [value as string] : [])),
    json: () => JSON.parse(body),
  }
}

/** What comes back for these very bytes, until the server closes the connection. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: 'localhost' })
  socket.write(bytes)
  return text(socket)
}
