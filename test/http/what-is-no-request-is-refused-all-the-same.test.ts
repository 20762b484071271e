import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { buildApp } from '../support/app.ts'
import { listen } from '../support/socket.ts'

const lines: string[] = []
const service = await buildApp(t, { environment: { LOG_LEVEL: 'trace' }, log: (line) => lines.push(line) })
const port = await listen(service)

/** What comes back on a connection for these bytes. */
async function exchange(bytes: string) {
  const socket = connect(port, 'localhost')
  socket.write(bytes)
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n')
  return { head: head.toLowerCase(), body: JSON.parse(body) }
}

const MALFORMED = {
  statusCode: 400,
  code: 'INVALID_REQUEST',
  error: 'Bad Request',
  message: 'The request is not well formed',
}
const HEAD = 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\n'

const refused: readonly (readonly [string, string, object])[] = [
  ['a line that is no request', 'NONSENSE\r\n\r\n', MALFORMED],
  ['a method that nobody knows', 'FETCH /me HTTP/1.1\r\nHost: localhost\r\n\r\n', MALFORMED],
  ['a zero byte in a header', `${HEAD}Cookie: access=a\0b\r\n\r\n`, MALFORMED],
  ['two lengths', `${HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, MALFORMED],
  [
    'a length beside chunks',
    `${HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    MALFORMED,
  ],
  [
    'seventeen kilobytes of cookies',
    `${HEAD}Cookie: access=${'secret'.repeat(3_000)}\r\n\r\n`,
    {
      statusCode: 431,
      code: 'HEADERS_TOO_LARGE',
      error: 'Request Header Fields Too Large',
      message: 'The headers of the request are too large',
    },
  ],
]

for (const [what, bytes, refusal] of refused) {
  t.test(`${what} is refused in the shape of every refusal, with its headers`, async (t) => {
    const { head, body } = await exchange(bytes)
    t.strictSame(body, refusal)
    t.match(head, 'content-type: application/json; charset=utf-8')
    t.match(head, "content-security-policy: default-src 'none'")
    t.match(head, 'x-content-type-options: nosniff')
    t.match(head, 'connection: close')
  })
}

/** A connection, and the service's end of it. */
async function connected(): Promise<[Socket, Socket]> {
  const accepted = once(service.app.server, 'connection')
  const socket = connect(port, 'localhost')
  return [socket, (await accepted)[0]]
}

t.test('a request that does not come to its end in time is told so', async (t) => {
  const [socket, accepted] = await connected()
  service.app.server.emit('clientError', { code: 'ERR_HTTP_REQUEST_TIMEOUT' }, accepted)
  t.match(await text(socket), /^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"REQUEST_TIMEOUT"/s)
})

t.test('whoever has gone is told nothing', async (t) => {
  const [socket, accepted] = await connected()
  accepted.end()
  service.app.server.emit('clientError', { code: 'ECONNRESET' }, accepted)
  t.equal(await text(socket), '')
  t.equal(accepted.destroyed, true)
})

t.test('a client that resets its connection early is no error of the service', async (t) => {
  const handled = once(service.app.server, 'request')
  const [socket] = await connected()
  // Both are waiting when the service looks: by then the connection has no address any more.
  socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.resetAndDestroy()
  const [request] = await handled
  t.equal(request.socket.remoteAddress, undefined)
  t.notMatch(lines.join(''), /unforeseen error|TypeError/)
})

t.test('and nothing of it is logged, however much is logged', async (t) => {
  t.notMatch(lines.join(''), /secret|NONSENSE|rawPacket/)
})
