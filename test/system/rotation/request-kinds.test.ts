import { randomBytes } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { Environment } from '../../../src/config/environment.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { holdNext } from '../../support/gates.ts'
import type { Jar } from '../../support/jar.ts'
import {
  ACCESS_TTL,
  GRACE,
  HOUR,
  jarOf,
  keepsCookies,
  ME,
  proveReceipt,
  refreshAndLose,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { begin, listen } from '../../support/socket.ts'
import { hearStatements } from '../../support/statements.ts'
import { buildUploadApp, CARGO } from '../../support/uploads.ts'

t.test('17: upload that starts signed in and ends after a rotation by another request: 200', async (t) => {
  t.test('accepts an upload whose access token was valid when it arrived', async (t) => {
    const service = await buildUploadApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL - 1)
    const upload = await service.upload(jar)

    service.clock.advance(1)
    t.equal((await service.request(ME, jar)).statusCode, 200)
    await proveReceipt(service, jar)
    service.clock.advance(HOUR)

    const answer = await upload.finish()
    t.equal(answer.statusCode, 200)
    keepsCookies(t, answer)
    t.strictSame(service.received, [CARGO])
  })

  t.test(
    'accepts an upload whose access token had expired when another request rotates meanwhile',
    async (t) => {
      const service = await buildUploadApp(t)
      const jar = await signUp(service)
      service.clock.advance(ACCESS_TTL)
      const upload = await service.upload(jar)

      const other = jar.copy()
      t.equal((await service.request(ME, other)).statusCode, 200)
      await proveReceipt(service, other)
      service.clock.advance(GRACE)

      const answer = await upload.finish()
      t.equal(answer.statusCode, 200)
      t.equal(jarOf(answer).get('refresh'), other.get('refresh'), 'it is handed what the other was')
      t.match(await rowOf(service, jar), { generation: 2, revokedAt: null })
      t.strictSame(service.received, [CARGO])
    },
  )

  t.test('accepts an upload whose access token had expired when two rotations overtake it', async (t) => {
    const service = await buildUploadApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)
    const upload = await service.upload(jar)
    const third = await refreshAndLose(service, await refreshAndLose(service, jar))
    const row = await rowOf(service, jar)

    const answer = await upload.finish()
    t.equal(answer.statusCode, 200, 'it was authenticated by its head')
    keepsCookies(t, answer)
    t.strictSame(await rowOf(service, jar), row)
    t.strictSame(service.received, [CARGO])
    t.equal((await service.request(ME, third)).statusCode, 200)
  })
})

t.test(
  'a request that two rotations have overtaken on its way: late: 401, nothing revoked, no cookie cleared',
  async (t) => {
    const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
    const service = await buildApp(t, { environment })
    const slow = await buildApp(t, { environment, clock: service.clock })
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)
    const held = holdNext(internalsOf(slow.app).store, 'findSession', 'before')
    const overtaken = slow.request(ME, jar.copy().delete('access'))
    await held.reached
    const second = await refreshAndLose(service, jar)
    const third = await refreshAndLose(service, second)
    const row = await rowOf(service, jar)
    held.open()

    const answer = await overtaken
    t.match(answer.json(), { statusCode: 401, code: 'REFRESH_LATE' })
    keepsCookies(t, answer)
    t.strictSame(await rowOf(service, jar), row)
    t.equal((await service.request(ME, third)).statusCode, 200)
  },
)

t.test(
  '24: POST with a body and an expired access token: handler runs exactly once, with the body',
  async (t) => {
    const service = await buildUploadApp(t)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)

    const answer = await (await service.upload(jar)).finish()

    t.equal(answer.statusCode, 200)
    t.strictSame(JSON.parse(answer.body), { kept: 1 })
    t.strictSame(service.received, [CARGO])
    t.match(await rowOf(service, jar), { generation: 2 })
    jar.take(answer.headers['set-cookie'])
    keepsCookies(t, await service.request(ME, jar), 'the new cookies are good')
  },
)

t.test('23: OPTIONS, HEAD, prefetch, SSE, download: each as its kind asks', async (t) => {
  const DOWNLOAD = randomBytes(1_000_000)
  let events = new PassThrough()

  /** A browser whose access token has expired, and routes for it. */
  async function withExpiredAccess(t: Test, environment: Partial<Environment> = {}) {
    events = new PassThrough()
    const service = await buildApp(t, {
      environment,
      routes: (app) => {
        app.route({
          method: 'OPTIONS',
          url: '/options',
          handler: async ({ principal }) => ({ role: principal.role }),
        })
        app.get('/events', async (_request, reply) => reply.type('text/event-stream').send(events))
        app.get('/download', async (_request, reply) =>
          reply
            .header('content-disposition', 'attachment; filename="everything.bin"')
            .type('application/octet-stream')
            .send(Readable.from([DOWNLOAD.subarray(0, 400_000), DOWNLOAD.subarray(400_000)])),
        )
      },
    })
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)
    return { service, jar, row: await rowOf(service, jar) }
  }

  async function isRotatedBy(t: Test, service: TestApp, jar: Jar): Promise<void> {
    t.equal((await service.request(ME, jar)).statusCode, 200)
    await isRotatedOnce(t, service, jar)
  }

  async function isRotatedOnce(t: Test, service: TestApp, jar: Jar): Promise<void> {
    t.match(await rowOf(service, jar), { generation: 2 })
    keepsCookies(t, await service.request(ME, jar), 'the new cookies are good')
  }

  t.test('serves OPTIONS by a valid access token, and refreshes nothing', async (t) => {
    const { service, jar, row } = await withExpiredAccess(t)
    const refused = await service.request({ method: 'OPTIONS', url: '/options' }, jar)
    t.match(refused.json(), { statusCode: 401, code: 'TOKEN_EXPIRED' })
    keepsCookies(t, refused)
    t.strictSame(await rowOf(service, jar), row)

    await service.request(ME, jar)
    const served = await service.request({ method: 'OPTIONS', url: '/options' }, jar)
    t.strictSame(served.json(), { role: 'user' })
    keepsCookies(t, served)
  })

  t.test('a preflight reads and changes nothing', async (t) => {
    const origin = 'https://app.example.com'
    const { service, jar, row } = await withExpiredAccess(t, { TRUSTED_ORIGINS: origin })
    const headers = { origin, 'access-control-request-method': 'GET' }
    const response = await service.request({ method: 'OPTIONS', url: '/me', headers }, jar)
    t.equal(response.statusCode, 204)
    keepsCookies(t, response)
    t.strictSame(await rowOf(service, jar), row)
  })

  t.test('HEAD refreshes as GET does', async (t) => {
    const { service, jar } = await withExpiredAccess(t)
    const response = await service.request({ method: 'HEAD', url: '/me' }, jar)
    t.equal(response.statusCode, 200)
    t.equal(response.body, '')
    await isRotatedOnce(t, service, jar)
  })

  for (const purpose of ['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip']) {
    t.test(
      `Sec-Purpose: ${purpose} is served by a valid access token alone, and gets no Set-Cookie`,
      async (t) => {
        const { service, jar, row } = await withExpiredAccess(t)
        const prefetch = { ...ME, headers: { 'sec-purpose': purpose } }
        const statements = hearStatements(t)
        for (const [cookies, code] of [
          [jar, 'TOKEN_EXPIRED'],
          [jar.copy().delete('access'), 'TOKEN_MISSING'],
        ] as const) {
          const heard = await statements.during(async () => {
            const refused = await service.request(prefetch, cookies)
            t.match(refused.json(), { statusCode: 401, code })
            keepsCookies(t, refused)
          })
          t.strictSame(
            heard.filter((statement) => !statement.startsWith('PRAGMA')),
            [],
            'nothing is read or written',
          )
        }
        t.strictSame(await rowOf(service, jar), row)

        await isRotatedBy(t, service, jar)
        const served = await service.request(prefetch, jar)
        t.match(served.json(), { user: { email: 'ada@example.com' } })
        keepsCookies(t, served)
      },
    )
  }

  t.test('ignores Sec-Purpose on an unsafe method', async (t) => {
    const { service, jar } = await withExpiredAccess(t)
    const headers = { 'sec-purpose': 'prefetch' }
    const patch = { method: 'PATCH', url: '/me', payload: { name: 'Ada' }, headers } as const
    t.equal((await service.request(patch, jar)).statusCode, 200)
    await isRotatedOnce(t, service, jar)
  })

  t.test(
    'SSE: the cookie leaves before the first event, and nothing rotates during the stream',
    async (t) => {
      const { service, jar } = await withExpiredAccess(t)
      const { outgoing, head } = begin(await listen(service), { method: 'GET', url: '/events' }, jar)
      outgoing.end()
      events.write('data: first\n\n')
      const stream = await head
      t.equal(stream.statusCode, 200)
      t.equal(stream.headers['content-type'], 'text/event-stream')
      jar.take(stream.headers['set-cookie'])
      await isRotatedOnce(t, service, jar)
      const row = await rowOf(service, jar)

      service.clock.advance(ACCESS_TTL)
      events.end('data: last\n\n')
      t.equal((await buffer(stream)).toString(), 'data: first\n\ndata: last\n\n')
      t.strictSame(stream.trailers, {})
      t.strictSame(await rowOf(service, jar), row)
    },
  )

  t.test('sends a download whole, with the cookies in its head', async (t) => {
    const { service, jar } = await withExpiredAccess(t)
    const { outgoing, head } = begin(await listen(service), { method: 'GET', url: '/download' }, jar)
    outgoing.end()
    const file = await head
    t.equal(file.statusCode, 200)
    t.equal(file.headers['cache-control'], 'private, no-store')
    jar.take(file.headers['set-cookie'])
    t.ok((await buffer(file)).equals(DOWNLOAD))
    await isRotatedOnce(t, service, jar)
  })
})
