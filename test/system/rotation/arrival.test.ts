import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { signIn, signUp } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  GRACE,
  HOUR,
  jarOf,
  keepsCookies,
  LOGOUT,
  ME,
  proveReceipt,
  REFRESH,
  refreshAndLose,
  SETTLE,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { begin, readAnswer, type SocketAnswer } from '../../support/socket.ts'
import { buildUploadApp, CARGO, type UploadApp } from '../../support/uploads.ts'

const UPLOAD = { method: 'POST', url: '/upload' } as const
const JSON_TYPE = { 'content-type': 'application/json' }

/** A service that waited for a body by mistake would answer 408 in the end, and the test go on. */
const IMPATIENT = { REQUEST_TIMEOUT: '8s' }

/**
 * Sends a head and the beginning of a body, and waits for the answer. The rest of the body never
 * comes.
 */
async function holdBack(
  t: Test,
  { port }: UploadApp,
  jar: Jar,
  headers: Record<string, string> = {},
): Promise<SocketAnswer> {
  const { outgoing, head } = begin(port, UPLOAD, jar, { ...JSON_TYPE, ...headers })
  t.teardown(() => outgoing.destroy())
  outgoing.write('{"text":')
  return readAnswer(head)
}

/** A browser that has lost its newest cookies, while another one has proved that it keeps them. */
async function withStolenToken(t: Test) {
  const service = await buildUploadApp(t, { environment: IMPATIENT })
  const thief = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const owner = await refreshAndLose(service, thief)
  thief.delete('access')
  return { service, thief, owner }
}

t.test(
  '29: head sent, body held back for longer than grace and proof: judged when the head came; nothing served by an old arrival; `requestTimeout` ends it',
  async (t) => {
    t.test('detects a reused token when the head arrives, before the body is read', async (t) => {
      const { service, thief, owner } = await withStolenToken(t)
      await proveReceipt(service, owner)
      service.clock.advance(GRACE)

      const answer = await holdBack(t, service, thief)

      t.match(JSON.parse(answer.body), { statusCode: 401, code: 'REFRESH_REUSED' })
      clearsCookies(t, answer)
      t.match(await rowOf(service, owner), { revokedReason: 'reuse' })
      t.strictSame(service.received, [])
    })

    t.test('judges a token when the head arrives, and never again', async (t) => {
      const { service, thief, owner } = await withStolenToken(t)
      const upload = await service.upload(thief)
      const row = await rowOf(service, owner)
      await proveReceipt(service, owner)
      service.clock.advance(ACCESS_TTL)
      const rotated = owner.copy()
      t.equal((await service.request(ME, rotated)).statusCode, 200)
      t.equal((await rowOf(service, owner)).generation, row.generation + 1)

      const answer = await upload.finish()
      t.equal(answer.statusCode, 200)
      keepsCookies(t, answer, 'the generation has moved on')
      t.match((await service.request(ME, thief)).json(), { code: 'REFRESH_REUSED' }, 'and so is the next one')
    })

    t.test('on a public route waits for the body, and judges its token then', async (t) => {
      for (const route of ['/auth/refresh', '/auth/token']) {
        const { service, thief, owner } = await withStolenToken(t)
        const body =
          route === '/auth/refresh'
            ? '{}'
            : JSON.stringify({ grant_type: 'refresh_token', refresh_token: thief.get('refresh') })
        const arrived = once(service.app.server, 'request')
        const { outgoing, head } = begin(service.port, { method: 'POST', url: route }, thief, JSON_TYPE)
        outgoing.write(body.slice(0, 1))
        await arrived
        await proveReceipt(service, owner)
        service.clock.advance(GRACE)
        outgoing.end(body.slice(1))
        await readAnswer(head)
        t.match(await rowOf(service, owner), { revokedReason: 'reuse' }, route)
      }
    })

    t.test('REQUEST_TIMEOUT ends the body', async (t) => {
      const service = await buildUploadApp(t, { environment: { REQUEST_TIMEOUT: '300ms' } })
      const answer = await holdBack(t, service, await signUp(service))
      t.match(JSON.parse(answer.body), { statusCode: 408, code: 'REQUEST_TIMEOUT' })
      t.strictSame(service.received, [])
    })
  },
)

t.test('refuses the body of a stranger before it is read', async (t) => {
  const service = await buildUploadApp(t, { environment: IMPATIENT })
  const ended = await signUp(service)
  await service.request(LOGOUT, ended.copy())
  const tooLarge = String(1_000_000_000)
  const refused = {
    'without a cookie': [new Jar(), {}, 'TOKEN_MISSING'],
    'of a session that has ended': [ended, {}, 'SESSION_ENDED'],
    'that is too large': [new Jar(), { 'content-length': tooLarge }, 'TOKEN_MISSING'],
    'of a type that is not understood': [new Jar(), { 'content-type': 'text/x' }, 'TOKEN_MISSING'],
    'that waits to be asked for': [new Jar(), { expect: '100-continue' }, 'TOKEN_MISSING'],
    'of a foreign page, which is told so first': [
      ended,
      { 'sec-fetch-site': 'cross-site' },
      'CROSS_ORIGIN_REFUSED',
    ],
  } as const
  for (const [title, [jar, headers, code]] of Object.entries(refused)) {
    const answer = await holdBack(t, service, jar, headers)
    t.match(JSON.parse(answer.body), { code }, title)
  }
  t.strictSame(service.received, [])
})

t.test('authenticates a request without a body at the same place as any other', async (t) => {
  const service = await buildUploadApp(t)
  const raw = (lines: readonly string[]) =>
    [`POST /upload HTTP/1.1`, 'Host: localhost', 'Connection: close', ...lines, '', ''].join('\r\n')
  for (const lines of [[], ['Content-Length: 0'], ['Content-Length: 00']]) {
    const socket = connect(service.port, 'localhost')
    socket.write(raw(lines))
    t.match(await text(socket), 'TOKEN_MISSING', lines.join())
  }
})

t.test('a connection goes on after a refused body', async (t) => {
  const service = await buildUploadApp(t)
  const jar = await signUp(service)
  const socket: Socket = connect(service.port, 'localhost')
  const cookie = `Cookie: ${jar.header()}`
  const upload = 'POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
  socket.write(`${upload}Content-Length: 12\r\n\r\n{"a":1}     `)
  socket.write(`${upload}Transfer-Encoding: chunked\r\n\r\n7\r\n{"b":2}\r\n0\r\n\r\n`)
  socket.write(
    `${upload}Sec-Fetch-Site: same-origin\r\n${cookie}\r\nConnection: close\r\nContent-Length: 7\r\n\r\n{"c":3}`,
  )
  const statuses = [...(await text(socket)).matchAll(/HTTP\/1\.1 ([0-9]+)/g)].map(([, status]) => status)
  t.strictSame(statuses, ['401', '401', '200'])
  t.strictSame(service.received, [{ c: 3 }])
})

t.test('answers 413 with the new cookies when the body of a signed-in caller is too large', async (t) => {
  const service = await buildUploadApp(t, { environment: IMPATIENT })
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const answer = await holdBack(t, service, jar, { 'content-length': '1000000000' })
  t.match(JSON.parse(answer.body), { statusCode: 413, code: 'BODY_TOO_LARGE' })
  t.equal((await service.request(ME, jarOf(answer))).statusCode, 200)
  t.equal((await rowOf(service, jar)).generation, 2)
})

t.test('changes during an upload apply when its body has arrived', async (t) => {
  const ends = {
    'a limit of the session': [(service: UploadApp) => service.clock.advance(24 * HOUR), 'idle'],
    'the end of the session': [
      async (service: UploadApp, jar: Jar) => {
        service.clock.advance(1)
        await service.request(LOGOUT, jar.copy())
      },
      'replaced',
    ],
    'the end of the account': [
      async (service: UploadApp) => service.request({ method: 'DELETE', url: '/me' }, await signIn(service)),
      'unknown',
    ],
  } as const
  for (const [title, [happen, reason]] of Object.entries(ends)) {
    for (const age of [0, ACCESS_TTL]) {
      t.test(`refuses an upload that meets ${title}, with an access token ${age} s old`, async (t) => {
        const service = await buildUploadApp(t)
        const jar = await signUp(service)
        service.clock.advance(age)
        const upload = await service.upload(jar)
        await happen(service, jar)

        const answer = await upload.finish()
        t.match(JSON.parse(answer.body), { statusCode: 401, code: 'SESSION_ENDED', reason })
        keepsCookies(t, answer, 'the browser may have signed in again')
        t.strictSame(service.received, [])
      })
    }
  }

  t.test('the handler receives a name that changes during the upload', async (t) => {
    const seen: unknown[] = []
    const service = await buildUploadApp(t, { seen: ({ principal }) => seen.push(principal.user.name) })
    const jar = await signUp(service)
    const upload = await service.upload(jar)
    await service.request({ method: 'PATCH', url: '/me', payload: { name: 'Ada' } }, jar.copy())
    t.equal((await upload.finish()).statusCode, 200)
    t.strictSame(seen, ['Ada'])
    t.strictSame(service.received, [CARGO])
  })
})

t.test('answers 401 instead of the response when a limit passes before it leaves', async (t) => {
  const payloads: Record<string, () => unknown> = {
    text: () => ({ secret: 'secret' }),
    stream: () => Readable.from(['secret']),
  }
  for (const [title, payload] of Object.entries(payloads)) {
    const service = await buildUploadApp(t, {
      more: (app) => {
        app.get('/slowly', async () => {
          service.clock.advance(24 * HOUR)
          return payload()
        })
        app.get('/slowly/but-alive', async ({ principal }) => {
          service.clock.advance(23 * HOUR)
          await service.request(REFRESH, jar)
          service.clock.advance(2 * HOUR)
          return { of: principal.sid }
        })
      },
    })
    const jar = await signUp(service)
    service.clock.advance(SETTLE)
    const other = await service.request({ url: '/slowly/but-alive' }, jar.copy())
    t.equal(other.statusCode, 200, 'another request has moved the limit')

    const refused = await service.request({ url: '/slowly' }, jar)
    t.match(refused.json(), { statusCode: 401, code: 'SESSION_ENDED' }, title)
    keepsCookies(t, refused)
    t.notMatch(refused.body, 'secret')
  }
})
