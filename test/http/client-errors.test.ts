import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { buildApp, signUp } from '../support/app.ts'
import { exchange, listen, parseAnswer } from '../support/socket.ts'

const lines: string[] = []
const service = await buildApp(t, { environment: { LOG_LEVEL: 'trace' }, log: (line) => lines.push(line) })
const port = await listen(service)

const MALFORMED = {
  statusCode: 400,
  code: 'INVALID_REQUEST',
  error: 'Bad Request',
  message: 'The request is not well formed',
}
const HEAD = 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\n'

const refused: readonly (readonly [string, string, object])[] = [
  ['a line that is no request', 'NONSENSE\r\n\r\n', MALFORMED],
  ['an unknown method', 'FETCH /me HTTP/1.1\r\nHost: localhost\r\n\r\n', MALFORMED],
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
  t.test(`refuses ${what} in the shape of every refusal, with its headers`, async (t) => {
    const { headers, body } = parseAnswer(await exchange(port, bytes))
    t.strictSame(JSON.parse(body), refusal)
    t.match(headers, {
      'content-type': 'application/json; charset=utf-8',
      'content-security-policy': /^default-src 'none'/,
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
  })
}

t.test('does not answer a request within the body of another, wherever that body seems to end', async (t) => {
  const hidden = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const chunked = 'Transfer-Encoding: chunked\r\n'
  for (const rest of [
    `Content-Length: 6\r\n${chunked}\r\n0\r\n\r\n`,
    `${chunked}Content-Length: 6\r\n\r\n0\r\n\r\n`,
    'Content-Length: 0\r\nContent-Length: 6\r\n\r\n',
    'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    `${chunked}Transfer-Encoding: x\r\n\r\n0\r\n\r\n`,
    'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
    `${chunked}\r\n0x1\r\na\r\n0\r\n\r\n`,
    'Content-Length: -1\r\n\r\n',
  ]) {
    const head = 'POST /auth/logout HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const answers = await exchange(port, head + rest + hidden)
    t.match(answers, /^HTTP\/1\.1 400 /, rest)
    t.notMatch(answers, /"live"/)
  }
})

t.test('ends an answer at its Content-Length, and sends no body for HEAD and 204', async (t) => {
  const jar = await signUp(service)
  const own = `Host: localhost\r\nCookie: ${jar.header()}\r\nSec-Fetch-Site: same-origin\r\n`
  const next = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  const { body: last } = parseAnswer(await exchange(port, next))

  /** On a connection that is kept, the length alone tells where the answer ends. */
  const lengths = async (request: string) => {
    const bytes = await exchange(port, `${request} HTTP/1.1\r\n${own}\r\n${next}`)
    const { statusCode, headers, body } = parseAnswer(bytes)
    t.equal(headers['transfer-encoding'], undefined, request)
    const end = body.lastIndexOf('HTTP/1.1 200 OK\r\n')
    t.ok(body.slice(end).endsWith(`\r\n\r\n${last}`), 'the next answer is whole')
    return { statusCode, length: headers['content-length'], sent: Buffer.byteLength(body.slice(0, end)) }
  }

  for (const path of [
    '/health/live',
    '/me',
    '/me/sessions',
    '/nowhere',
    '/docs/',
    '/users/x',
    '/admin/users',
  ]) {
    const answer = await lengths(`GET ${path}`)
    t.equal(answer.length, String(answer.sent), path)
    t.strictSame(await lengths(`HEAD ${path}`), { ...answer, sent: 0 }, `HEAD ${path}`)
  }
  t.strictSame(await lengths('POST /auth/logout'), { statusCode: 204, length: undefined, sent: 0 })
})

/** A connection, and the service's end of it. */
async function connected(): Promise<[Socket, Socket]> {
  const accepted = once(service.app.server, 'connection')
  const socket = connect(port, 'localhost')
  return [socket, (await accepted)[0]]
}

t.test('answers 408 to a request that does not arrive in time', async (t) => {
  const [socket, accepted] = await connected()
  service.app.server.emit('clientError', { code: 'ERR_HTTP_REQUEST_TIMEOUT' }, accepted)
  t.match(await text(socket), /^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"REQUEST_TIMEOUT"/s)
})

t.test('sends nothing to a client that has gone', async (t) => {
  const [socket, accepted] = await connected()
  accepted.end()
  service.app.server.emit('clientError', { code: 'ECONNRESET' }, accepted)
  t.equal(await text(socket), '')
  t.equal(accepted.destroyed, true)
})

t.test('logs no error when a client resets its connection early', async (t) => {
  const handled = once(service.app.server, 'request')
  const [socket] = await connected()
  // Both are waiting when the service looks: by then the connection has no address any more.
  socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.resetAndDestroy()
  const [request] = await handled
  t.equal(request.socket.remoteAddress, undefined)
  t.notMatch(lines.join(''), /Unexpected error|TypeError/)
})

t.test('logs nothing of a malformed request at any level', async (t) => {
  t.notMatch(lines.join(''), /secret|NONSENSE|rawPacket/)
})
