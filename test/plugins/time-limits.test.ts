import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import { readConfig, serverOptions, tacit } from '../../src/index.ts'
import { buildApp, signUp, testEnvironment } from '../support/app.ts'
import { SLOW, slowRoute } from '../support/gates.ts'
import { listen } from '../support/socket.ts'

const HEAD = 'POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'

t.test('answers 408 when a body does not arrive within REQUEST_TIMEOUT', async (t) => {
  const service = await buildApp(t, { environment: { REQUEST_TIMEOUT: '300ms' } })
  const port = await listen(service)
  const sent = {
    'a head that never ends': HEAD,
    'half a body': `${HEAD}Content-Length: 100\r\n\r\n{"email":`,
    'a chunk without an end': `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\n{"ema\r\n`,
  }
  for (const [title, bytes] of Object.entries(sent)) {
    const socket = connect(port, 'localhost')
    socket.write(bytes)
    t.match(await text(socket), /^HTTP\/1\.1 408 Request Timeout\r\n.*"code":"REQUEST_TIMEOUT"/s, title)
  }
})

t.test('closes a connection that is idle for CONNECTION_TIMEOUT', async (t) => {
  const slow = slowRoute()
  const environment = { CONNECTION_TIMEOUT: '300ms' }
  const service = await buildApp(t, { environment, routes: slow.routes })
  const jar = await signUp(service)
  const socket: Socket = connect(await listen(service), 'localhost')
  socket.write(`GET ${SLOW.url} HTTP/1.1\r\nHost: localhost\r\nCookie: ${jar.header()}\r\n\r\n`)
  await slow.reached
  await once(socket.resume(), 'close')
  t.equal(socket.bytesRead, 0)
  slow.open()
})

t.test('never judges a request by an arrival older than REQUEST_TIMEOUT', async (t) => {
  const service = await buildApp(t, {
    environment: { REQUEST_TIMEOUT: '4m' },
    routes: (app) => {
      app.get<{ Params: { seconds: string } }>('/after/:seconds', async (request) => {
        service.clock.advance(Number(request.params.seconds))
        return { age: service.clock.now() - request.tacit.arrivedAt }
      })
    },
  })
  const jar = await signUp(service)
  for (const [seconds, age] of [
    [239, 239],
    [3_600, 240],
  ]) {
    const response = await service.request({ url: `/after/${seconds}` }, jar)
    t.strictSame(response.json(), { age: Number(age) * 1_000 })
  }
})

t.test('warns an application whose server has no request timeout', async (t) => {
  const environment = testEnvironment
  const start = async (options: object) => {
    const lines: string[] = []
    const app = Fastify({ ...options, logger: { stream: { write: (line: string) => lines.push(line) } } })
    t.teardown(() => app.close())
    await app.register(fp(tacit), { environment })
    await app.ready()
    return lines.join('')
  }
  const untold = await start({})
  t.match(untold, 'requestTimeout is 0')
  t.match(untold, 'connectionTimeout is 0')
  t.notMatch(await start(serverOptions(readConfig(environment))), 'Timeout')
})
