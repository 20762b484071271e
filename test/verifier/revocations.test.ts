import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { basicAuthorization, changeOf, pauseAfter, refusalOf } from '../../src/verifier/revocation-events.ts'
import { createRevocationFeed } from '../../src/verifier/revocations.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../support/app.ts'
import { registerClient } from '../support/clients.ts'
import { temporaryDatabase } from '../support/database.ts'
import { losingProxy } from '../support/proxies.ts'
import { LOGOUT } from '../support/rotation.ts'
import { listen } from '../support/socket.ts'
import { streamAt, subscribe } from '../support/subscriber.ts'

const SECRET = 'a secret that no log may have'
const STREAM = { 'content-type': 'text/event-stream' }
const PLACE = 'event: place\nid: 1\ndata: {}\n\n'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** A server that answers as it is told, and counts. */
async function serverOf(t: Test, first: Handler) {
  const arrivals: { at: number; request: IncomingMessage }[] = []
  const closed: Promise<unknown>[] = []
  let handler = first
  const server = createServer((request, response) => {
    arrivals.push({ at: performance.now(), request })
    closed.push(once(response, 'close'))
    response.on('error', () => {})
    handler(request, response)
  })
  await once(server.listen(0, 'localhost'), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/auth/revocations`,
    arrivals,
    closed,
    answerWith(next: Handler) {
      handler = next
    },
  }
}

const good: Handler = (_request, response) => {
  response.writeHead(200, STREAM).write(PLACE)
}

/** Sends for as long as the other side reads. */
function endless(response: ServerResponse, text: string): void {
  const write = () => {
    while (!response.destroyed && response.write(text));
  }
  response.on('drain', write)
  write()
}

const HOSTILE: Readonly<Record<string, readonly [Handler, RegExp]>> = {
  'hangs before the headers': [() => {}, /sent nothing for 240 ms/],
  'hangs after the headers': [
    (_request, response) => void response.writeHead(200, STREAM).flushHeaders(),
    /sent nothing for 240 ms/,
  ],
  'goes silent after it was up': [good, /sent nothing for 240 ms/],
  'sends parts of a line, and no event': [
    (_request, response) => {
      response.writeHead(200, STREAM)
      const timer = setInterval(() => response.write('x'), 20)
      response.once('close', () => clearInterval(timer))
    },
    /sent nothing for 240 ms/,
  ],
  'answers 401': [(_request, response) => response.writeHead(401).end(), /answered 401: check the id/],
  'answers 404': [(_request, response) => response.writeHead(404).end(), /answered 404$/],
  'answers 500 and never ends': [
    (_request, response) => {
      response.writeHead(500)
      endless(response, 'x'.repeat(65_536))
    },
    /answered 500$/,
  ],
  'answers with 10 MB of HTML': [
    (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('x'.repeat(10_000_000)),
    /answered with the content type text\/html$/,
  ],
  'answers without a content type': [
    (_request, response) => response.writeHead(200).end(),
    /answered with the content type \(none\)$/,
  ],
  'redirects to another host': [
    (_request, response) => response.writeHead(302, { location: 'http://localhost:1/' }).end(),
    /unexpected redirect/,
  ],
  'sends a line that does not end': [
    (_request, response) => {
      response.writeHead(200, STREAM).write('data: ')
      endless(response, 'x'.repeat(65_536))
    },
    /more than 65536 characters/,
  ],
  'sends an event of 10 MB': [
    (_request, response) => response.writeHead(200, STREAM).end(`data: ${'x'.repeat(10_000_000)}\n\n`),
    /more than 65536 characters/,
  ],
  'sends an event that does not end': [
    (_request, response) => {
      response.writeHead(200, STREAM)
      endless(response, `data: ${'x'.repeat(1_000)}\n`)
    },
    /more than 65536 characters/,
  ],
  'ends the stream at once': [
    (_request, response) => response.writeHead(200, STREAM).end(),
    /ended the stream/,
  ],
  'breaks the connection': [(request) => request.socket.resetAndDestroy(), /ECONNRESET|other side closed/],
  'breaks the stream': [
    (request, response) =>
      response.writeHead(200, STREAM).write(PLACE, () => request.socket.resetAndDestroy()),
    /terminated/,
  ],
  'sends nonsense': [
    (_request, response) => response.writeHead(200, STREAM).end('nonsense: \0\r\r\n:\n\ndata\n\n'),
    /ended the stream/,
  ],
}

t.test('is down, says why and recovers when a server is broken', async (t) => {
  const all = Object.entries(HOSTILE).map(async ([title, [handler, reason]]) => {
    const server = await serverOf(t, handler)
    const subscriber = subscribe(t, { url: server.url, clientSecret: SECRET, heartbeatMs: 80 })
    t.equal(subscriber.state, 'connecting', title)
    await subscriber.until(() => subscriber.states.some((state) => reason.test(state)))
    t.equal(subscriber.state, 'down', title)
    await server.closed[0]
    server.answerWith(good)
    await subscriber.up()
    await subscriber.close()
    t.notMatch(subscriber.states.join(' '), SECRET, `${title}: the reason has no secret`)
    t.ok(server.arrivals.length < 10, `${title}: the subscriber does not connect again and again`)
  })
  await Promise.all(all)
})

t.test('says why it cannot connect', async (t) => {
  const subscriber = subscribe(t, { url: 'http://localhost:1/auth/revocations' })
  await subscriber.until(() => subscriber.state === 'down')
  t.match(subscriber.states, [/^down .*(ECONNREFUSED|bad port)/])
})

t.test('pauses longer after each failure, and not at all without a pause', async (t) => {
  const server = await serverOf(t, (_request, response) => {
    response.writeHead(200, STREAM).end(`retry: 0\n\n${PLACE}`)
  })
  subscribe(t, { url: server.url })
  while (server.arrivals.length < 5) await new Promise((resolve) => setTimeout(resolve, 20))
  const gaps = server.arrivals.slice(1).map(({ at }, index) => at - (server.arrivals[index]?.at as number))
  for (const [index, gap] of gaps.entries()) t.ok(gap >= 50 * 2 ** index - 5, `${gap} ms`)

  for (let failures = 0; failures < 100; failures += 1) {
    const pause = pauseAfter(failures)
    t.ok(pause >= Math.min(250 * 2 ** failures, 5_000) && pause <= Math.min(500 * 2 ** failures, 10_000))
  }
  t.ok(pauseAfter(0, 0) >= 50)
  t.ok(pauseAfter(0, 1e12) <= 10_000)
})

t.test('pauses as long as the service asks, up to a minute', async (t) => {
  const after = (value: string) =>
    refusalOf(new Response('', { status: 503, headers: { 'retry-after': value } }))
  t.equal(pauseAfter(0, 100, after('7')), 7_000)
  t.equal(pauseAfter(0, 100, after('1e9')), 60_000)
  for (const value of ['0', '-5', 'soon', 'Wed, 21 Oct 2015 07:28:00 GMT']) {
    t.ok(pauseAfter(0, 100, after(value)) <= 100, value)
  }
})

t.test('tells everything for a change that it does not understand', async (t) => {
  for (const data of ['', 'null', '{}', '{"of":"client","id":"x"}', '{"of":"user","id":1}', '{"of":"user"']) {
    t.equal(changeOf('change', data), 'everything', data)
  }
  t.strictSame(changeOf('change', '{"of":"user","id":"x","more":1}'), { of: 'user', id: 'x' })
  t.equal(changeOf('everything', '{}'), 'everything')
  for (const event of ['place', 'another', undefined]) t.equal(changeOf(event, '{}'), undefined)
})

t.test('encodes its credentials as RFC 6749 section 2.3.1 requires', async (t) => {
  const encoded = basicAuthorization('a:b c', 'ü+%').replace('Basic ', '')
  t.equal(Buffer.from(encoded, 'base64').toString(), 'a%3Ab+c:%C3%BC%2B%25')
})

t.test('does not send an id back that no header can hold', async (t) => {
  const server = await serverOf(t, (_request, response) => {
    response.writeHead(200, STREAM).end('event: place\nid: ü\u0001\ndata: {}\n\n')
  })
  const subscriber = subscribe(t, { url: server.url })
  while (server.arrivals.length < 2) await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(server.arrivals[1]?.request.headers['last-event-id'], undefined)
  await subscriber.until(() => subscriber.told.length >= 2)
  t.strictSame(subscriber.told.slice(0, 2), ['everything', 'everything'])
})

t.test('pauses shortly after a stream that was steady', async (t) => {
  const heartbeatMs = 20
  const server = await serverOf(t, (_request, response) => {
    good(_request, response)
    const beat = setInterval(() => response.write(':\n\n'), heartbeatMs / 2)
    response.on('close', () => clearInterval(beat))
    // Longer than three heartbeats, after which a stream is silent.
    setTimeout(() => response.destroy(), 10 * heartbeatMs)
  })
  const subscriber = subscribe(t, { url: server.url, heartbeatMs })
  await subscriber.until(() => subscriber.states.filter((state) => state === 'up').length >= 3)
  t.ok(server.arrivals.length >= 3)
})

t.test('calls nothing after it was closed, and does not start again', async (t) => {
  const server = await serverOf(t, (_request, response) => {
    response.writeHead(200, STREAM).write(`${PLACE}${'event: everything\ndata: {}\n\n'.repeat(2)}`)
  })
  const calls: string[] = []
  const feed = createRevocationFeed({
    url: server.url,
    clientId: 'movies',
    clientSecret: SECRET,
    onChange(change) {
      calls.push(String(change))
      if (feed.state === 'up') void feed.close()
    },
    onState: (state) => void calls.push(state),
  })
  feed.start()
  feed.start()
  while (calls.at(-2) !== 'up') await new Promise((resolve) => setTimeout(resolve, 10))
  await feed.close()
  feed.start()
  await server.closed[0]
  t.strictSame(calls, ['everything', 'up', 'everything'])
  t.equal(server.arrivals.length, 1)

  const unused = createRevocationFeed({
    url: '',
    clientId: '',
    clientSecret: '',
    onChange() {},
    onState() {},
  })
  await unused.close()
  t.equal(unused.state, 'connecting')
})

/** The real service, and a client of it. */
async function realService(t: Test, environment = {}) {
  const service = await buildApp(t, { environment })
  return { service, port: await listen(service), client: await registerClient(service) }
}

/** Signs up, and returns the id of the session and the sign-out. */
async function signedIn(service: TestApp, name: string) {
  const jar = await signUp(service, `${name}@example.com`)
  const { session } = (await service.request({ url: '/me' }, jar)).json()
  return { change: `session ${session.id}`, signOut: () => service.request(LOGOUT, jar) }
}

t.test('hears of changes from the real service, and goes on over a broken connection', async (t) => {
  const { service, port, client } = await realService(t)
  const proxy = await losingProxy(t, port)
  const [before, during, after] = await Promise.all(
    ['ada', 'bob', 'eve'].map((name) => signedIn(service, name)),
  )
  const subscriber = subscribe(t, streamAt(proxy.port, client))
  await subscriber.up()
  t.strictSame(subscriber.told, ['everything'], 'what ended before is unknown')
  await before?.signOut()
  await subscriber.heard(before?.change as string)

  proxy.loseAnswers(true)
  await during?.signOut()
  await subscriber.until(() => subscriber.state === 'down')
  await after?.signOut()
  proxy.loseAnswers(false)
  await subscriber.up()
  t.strictSame(
    [...new Set(subscriber.told)],
    ['everything', ...[before, during, after].map((each) => each?.change as string)],
    'it has heard of everything in between',
  )
  const { log } = subscriber
  t.ok(log.lastIndexOf('up') > log.lastIndexOf(after?.change as string), 'before it is up again')
  t.equal(subscriber.told.filter((change) => change === 'everything').length, 1)
})

t.test('hears of a change again after its callback has failed', async (t) => {
  const { service, port, client } = await realService(t)
  const { change, signOut } = await signedIn(service, 'ada')
  let failures = 1
  const subscriber = subscribe(t, {
    ...streamAt(port, client),
    onChange(told) {
      if (told !== 'everything' && failures-- > 0) throw new Error('a mistake of the caller')
    },
  })
  await subscriber.up()
  await signOut()
  await subscriber.until(() => subscriber.told.filter((told) => told === change).length === 2)
  await subscriber.up()
  t.strictSame(subscriber.states, ['up', 'down a mistake of the caller', 'up'])
})

t.test('says so when its client is unknown, and when the service stops', async (t) => {
  const { service, port, client } = await realService(t, { DATABASE_URL: `file:${temporaryDatabase(t)}` })
  const stranger = subscribe(t, { ...streamAt(port, client), clientSecret: SECRET })
  const subscriber = subscribe(t, streamAt(port, client))
  await stranger.until(() => stranger.state === 'down')
  t.match(stranger.states, [/^down the service answered 401/])
  await stranger.close()
  await subscriber.up()
  await internalsOf(service.app).store.ping()
  await service.app.close()
  await subscriber.until(() => subscriber.state === 'down')
  t.match(subscriber.states[1], /^down the service ended the stream|terminated/)
})
