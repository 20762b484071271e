import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestAppOptions } from '../../support/app.ts'
import { basic, registerClient } from '../../support/clients.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { openStream, request } from '../../support/revocations.ts'
import { LOGOUT } from '../../support/rotation.ts'
import { listen } from '../../support/socket.ts'

/** A service that listens, a client of it, and a signed-in user. */
async function serviceWithClient(t: Test, options: TestAppOptions = {}) {
  const service = await buildApp(t, options)
  const port = await listen(service)
  const client = await registerClient(service)
  const jar = await signUp(service)
  const { session, user } = (await service.request({ url: '/me' }, jar)).json()
  return { service, port, client, jar, sid: session.id as string, userId: user.id as string }
}

t.test('tells a client of a session that ends and of an account that changes', async (t) => {
  const { service, port, client, jar, sid, userId } = await serviceWithClient(t)
  const stream = await openStream(port, client.headers)
  t.match(stream.response.headers, {
    'content-type': 'text/event-stream',
    'cache-control': /no-store.*no-transform/,
    'x-accel-buffering': 'no',
    'content-encoding': undefined,
    'set-cookie': undefined,
  })
  t.match(await stream.next(), { event: 'place', data: {}, id: /^[A-Za-z0-9-]+$/ })
  await internalsOf(service.app).accounts.changeAccess(userId, { passwordChangeRequired: true })
  const changed = await stream.next()
  t.strictSame([changed?.event, changed?.data], ['change', { of: 'user', id: userId }])
  await service.request(LOGOUT, jar)
  const ended = await stream.next()
  t.strictSame(ended?.data, { of: 'session', id: sid })

  const resumed = await openStream(port, client.headers, changed?.id)
  t.strictSame((await resumed.caughtUp()).changes, [{ of: 'session', id: sid }])
  for (const each of [stream, resumed]) each.breakOff()
})

t.test('tells everything after an id that it does not know', async (t) => {
  const { port, client } = await serviceWithClient(t)
  for (const id of ['nonsense', 'x'.repeat(200), '0'.repeat(24).concat('-1-1')]) {
    const stream = await openStream(port, client.headers, id)
    t.strictSame((await stream.caughtUp()).changes, ['everything'])
    stream.breakOff()
  }
  const long = await request(port, { ...client.headers, 'last-event-id': 'x'.repeat(201) })
  t.equal(long.resume().statusCode, 400)
})

t.test('refuses callers that are no registered clients, and other methods', async (t) => {
  const { service, port, client, jar } = await serviceWithClient(t)
  for (const headers of [{}, basic(client.id, 'wrong'), { cookie: jar.header() as string }]) {
    const answer = await request(port, headers as Record<string, string>)
    t.equal(answer.statusCode, 401)
    t.match(answer.headers['www-authenticate'], /^Basic /)
    answer.resume()
  }
  const head = await service.request({ method: 'HEAD', url: '/auth/revocations', headers: client.headers })
  t.equal(head.statusCode, 405)
  t.equal(head.headers.allow, 'GET')
})

t.test('keeps a stream open longer than CONNECTION_TIMEOUT', async (t) => {
  const { service, port, client, jar, sid } = await serviceWithClient(t, {
    environment: { CONNECTION_TIMEOUT: '1s' },
  })
  const stream = await openStream(port, client.headers)
  await stream.caughtUp()
  // A heartbeat comes twice within the timeout.
  for (let beats = 0; beats < 3; beats += 1) await stream.heartbeat()
  await service.request(LOGOUT, jar)
  t.strictSame(await stream.nextChange(), { of: 'session', id: sid })
  stream.breakOff()
})

t.test('sends the place with a heartbeat when only events were added', async (t) => {
  const { service, port, client } = await serviceWithClient(t, {
    environment: { CONNECTION_TIMEOUT: '2s' },
  })
  const stream = await openStream(port, client.headers)
  const { place } = await stream.caughtUp()
  await signIn(service)
  const moved = await stream.caughtUp()
  t.strictSame(moved.changes, [])
  t.not(moved.place, place)
  stream.breakOff()
})

t.test('ends the streams of a client that is deleted, and no others', async (t) => {
  const { service, port, client } = await serviceWithClient(t, {
    environment: { CONNECTION_TIMEOUT: '2s' },
  })
  const other = await registerClient(service, 'other')
  const streams = [await openStream(port, client.headers), await openStream(port, other.headers)] as const
  for (const each of streams) await each.caughtUp()
  await internalsOf(service.app).clients.delete(client.id)
  t.ok(await streams[0].hasEnded())
  t.ok(streams[0].response.complete, 'it was ended, and not broken off')
  await streams[1].heartbeat()
  t.equal((await request(port, client.headers)).resume().statusCode, 401)
  streams[1].breakOff()
})

t.test('ends every stream when the service stops', async (t) => {
  const { service, port, client } = await serviceWithClient(t)
  const streams = await Promise.all([1, 2, 3].map(() => openStream(port, client.headers)))
  for (const each of streams) await each.caughtUp()
  // A client that reads nothing may not hold up the end either.
  streams[2]?.response.pause()
  await service.app.close()
  streams[2]?.response.resume()
  for (const each of streams) t.ok(await each.hasEnded())
})

t.test('ends the streams when the database fails, and answers 503 to new ones', async (t) => {
  const lines: string[] = []
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const { service, port, client } = await serviceWithClient(t, {
    environment: { DATABASE_URL },
    log: (line) => lines.push(line),
  })
  const stream = await openStream(port, client.headers)
  await stream.caughtUp()
  await internalsOf(service.app).store.close()
  t.ok(await stream.hasEnded())
  t.match(lines.join(''), 'Ended the streams of revocations')
  const refused = await request(port, client.headers)
  refused.resume()
  t.equal(refused.statusCode, 503)
  t.ok(Number(refused.headers['retry-after']) > 0)
})

t.test('answers 503 with Retry-After above the number of streams of a client', async (t) => {
  const { service, port, client } = await serviceWithClient(t)
  const other = await registerClient(service, 'other')
  const opened = await Promise.all(Array.from({ length: 60 }, () => request(port, client.headers)))
  const refused = opened.filter(({ statusCode }) => statusCode === 503)
  t.equal(refused.length, 10)
  for (const each of refused) {
    t.ok(Number(each.headers['retry-after']) > 0)
    each.resume()
  }
  const foreign = await openStream(port, other.headers)
  t.match(await foreign.next(), { event: 'place' }, 'another client has streams of its own')
  foreign.breakOff()
  const [first] = opened.filter(({ statusCode }) => statusCode === 200)
  const gone = once(first as (typeof opened)[number], 'close')
  first?.destroy()
  await gone
  let again = await request(port, client.headers)
  while (again.statusCode === 503) {
    again.resume()
    again = await request(port, client.headers)
  }
  t.equal(again.statusCode, 200, 'a stream that has ended makes room')
  for (const each of [...opened, again]) each.destroy()
})

t.test('forgets a client that breaks off before the answer', async (t) => {
  const { port, client } = await serviceWithClient(t)
  for (let time = 0; time < 60; time += 1) {
    const socket = connect(port, 'localhost')
    socket.write(
      `GET /auth/revocations HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${client.headers.authorization}\r\n\r\n`,
    )
    await once(socket, 'connect')
    socket.destroy()
    await once(socket, 'close')
  }
  const stream = await openStream(port, client.headers)
  t.match(await stream.next(), { event: 'place' })
  stream.breakOff()
})
