import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import {
  busy,
  type DatabaseFault,
  full,
  readOnly,
  recovering,
  withDriver,
} from '../../support/database-faults.ts'
import type { Jar } from '../../support/jar.ts'
import { loggedToken, MAIL_TO_LOG } from '../../support/mail-server.ts'
import { isRefusal } from '../../support/refusals.ts'
import { ACCESS_TTL, HOUR, keepsCookies, LOGOUT, ME, REFRESH, SETTLE } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'

const UNAVAILABLE = {
  status: 503,
  code: 'STORE_UNAVAILABLE',
  message: 'The service cannot reach its data, try again in a moment',
}
/** A rotation writes it into the row, which then takes more room. */
const LONG_AGENT = { 'user-agent': 'a browser with a long name '.repeat(9) }

async function build(t: Test) {
  const path = temporaryDatabase(t)
  const [service, driver] = await withDriver(() =>
    buildApp(t, { environment: { DATABASE_URL: `file:${path}` } }),
  )
  return { path, service, driver }
}

const statusOf = async ({ request }: TestApp, url: string): Promise<number> =>
  (await request({ url })).statusCode

function isOutage(t: Test, response: Awaited<ReturnType<TestApp['request']>>, title?: string): void {
  isRefusal(t, response, UNAVAILABLE, title)
  t.equal(response.headers['retry-after'], '1')
  keepsCookies(t, response)
}

/**
 * Every browser refreshes. A refused one gets 503, keeps its cookies, and succeeds once the fault
 * has ended.
 */
async function passes(t: Test, service: TestApp, fault: DatabaseFault): Promise<void> {
  const jars: Jar[] = []
  for (let person = 0; person < 12; person += 1) jars.push(await signUp(service, `p${person}@example.com`))
  service.clock.advance(HOUR)
  const reader = await signUp(service, 'reader@example.com')
  t.equal(await statusOf(service, '/health/ready'), 200)

  fault.begin()
  const answers = await Promise.all(
    jars.map(async (jar) => ({ jar, response: await service.request({ ...ME, headers: LONG_AGENT }, jar) })),
  )
  const refused = answers.filter(({ response }) => response.statusCode !== 200)
  t.not(refused.length, 0, 'there was an outage')
  for (const { jar, response } of refused) {
    isOutage(t, response)
    t.equal((await rowOf(service, jar)).generation, 1, 'nothing has happened')
  }
  t.equal((await service.request(ME, reader)).statusCode, 200, 'reading goes on')
  t.equal(await statusOf(service, '/health/ready'), 503)
  t.equal(await statusOf(service, '/health/live'), 200)

  fault.end()
  t.equal(await statusOf(service, '/health/ready'), 200, 'well again, without a restart')
  for (const { jar } of refused) {
    t.equal((await service.request({ ...ME, headers: LONG_AGENT }, jar)).statusCode, 200)
    t.equal((await rowOf(service, jar)).generation, 2)
  }
}

t.test('answers 503 while another process holds the write lock for too long', async (t) => {
  const { service, path } = await build(t)
  await passes(t, service, busy(t, path))
})

t.test('answers 503 while the database is read-only', async (t) => {
  const { service, driver } = await build(t)
  await passes(t, service, readOnly(driver))
})

t.test('answers 503 while the disk is full', async (t) => {
  const { service, driver } = await build(t)
  await passes(t, service, full(driver))
})

t.test(
  'answers 503 when the service closed the database or lost its memory, until it is restarted',
  async (t) => {
    for (const { service, close } of [await closedByItself(t), await onlyInMemory(t)]) {
      const jar = await signUp(service)
      await close()
      isOutage(t, await service.request(ME, jar))
      service.clock.advance(ACCESS_TTL)
      isOutage(t, await service.request(ME, jar))
      t.equal(await statusOf(service, '/health/ready'), 503)
      t.equal(await statusOf(service, '/health/live'), 200)
    }
  },
)

t.test(
  'uses nothing from the cache when the database goes away while a request is on its way in',
  async (t) => {
    const later = Promise.withResolvers<void>()
    const [service, driver] = await withDriver(() =>
      buildApp(t, {
        routes(app) {
          app.get('/slow', { preValidation: () => later.promise }, async () => 'answered')
        },
      }),
    )
    const jar = await signUp(service)
    // The first use of an access token is written. Later requests only read the cache.
    t.equal((await service.request(ME, jar)).statusCode, 200)
    const answer = service.request({ url: '/slow' }, jar)
    // Past the turn of the event loop that it arrived in.
    await new Promise((resolve) => setTimeout(resolve, 20))
    driver.close()
    later.resolve()
    isOutage(t, await answer)
  },
)

async function closedByItself(t: Test) {
  const { service } = await build(t)
  return { service, close: () => internalsOf(service.app).store.close() }
}

async function onlyInMemory(t: Test) {
  const [service, driver] = await withDriver(() => buildApp(t))
  return { service, close: async () => void driver.close() }
}

t.test('answers 503 to sign-in, sign-out and explicit refresh during an outage', async (t) => {
  const { service, driver } = await build(t)
  const jar = await signUp(service)
  const payload = { email: 'ada@example.com', password: PASSWORD }
  service.clock.advance(SETTLE)
  const fault = readOnly(driver)
  fault.begin()
  isOutage(t, await service.request({ method: 'POST', url: '/auth/login', payload }, jar), 'login')
  isOutage(t, await service.request(REFRESH, jar), 'refresh')
  isOutage(t, await service.request(LOGOUT, jar), 'logout')
  fault.end()
  t.equal((await service.request(LOGOUT, jar)).statusCode, 204)
})

t.test('changes no address during an outage, and keeps its links', async (t) => {
  const path = temporaryDatabase(t)
  const environment = { ...MAIL_TO_LOG, DATABASE_URL: `file:${path}` }
  const [service, driver] = await withDriver(() => buildApp(t, { environment }))
  const jar = await signUp(service)
  const fault = readOnly(driver)
  const post = (url: string, payload: object) => service.request({ method: 'POST', url, payload }, jar)
  const ask = () => post('/me/email', { email: 'new@example.com' })
  fault.begin()
  isOutage(t, await ask())
  fault.end()
  t.equal((await ask()).statusCode, 202)
  const links = [
    ['/auth/email/confirm', 'new@example.com', 'confirm-address', 'ada@example.com'],
    ['/auth/email/undo', 'ada@example.com', 'keep-address', 'new@example.com'],
  ] as const
  for (const [url, to, page, before] of links) {
    const token = await loggedToken(service, to, page)
    fault.begin()
    isOutage(t, await post(url, { token }), url)
    fault.end()
    t.match(await internalsOf(service.app).accounts.findByEmail(before), { email: before })
    t.equal((await post(url, { token })).statusCode, 204)
  }
})

t.test('postpones the proof of receipt during an outage, and serves the request', async (t) => {
  const { service, driver, path } = await build(t)
  for (const fault of [busy(t, path), readOnly(driver)]) {
    const jar = await signUp(service, `${Math.random()}@example.com`)
    service.clock.advance(SETTLE)
    fault.begin()
    t.equal((await service.request(ME, jar)).statusCode, 200)
    t.equal((await rowOf(service, jar)).confirmedAt, null)
    fault.end()
    t.equal((await service.request(ME, jar)).statusCode, 200)
    t.equal((await rowOf(service, jar)).confirmedAt, service.clock.now(), 'until the next one')
  }
})

t.test('serves nothing from the cache while it cannot read what changed', async (t) => {
  const { service, driver } = await build(t)
  const jar = await signUp(service)
  t.equal((await service.request(ME, jar)).statusCode, 200)
  const fault = recovering(driver)
  t.teardown(fault.end)
  fault.begin()
  driver.exec("UPDATE users SET name = 'read again'")
  t.match((await service.request(ME, jar)).json(), { user: { name: 'read again' } })
})

t.test('serves other requests while a change waits for another process', async (t) => {
  const path = temporaryDatabase(t)
  const environment = { DATABASE_URL: `file:${path}` }
  const [service, driver] = await withDriver(() => buildApp(t, { environment }))
  t.equal(
    driver.pragma('busy_timeout', { simple: true }),
    0,
    'the driver, which would stand still, never waits',
  )
  const waiting = await signUp(service, 'ada@example.com')
  service.clock.advance(ACCESS_TTL)
  const reading = await signUp(service, 'bob@example.com')
  const lock = busy(t, path)

  lock.begin()
  let answered = false
  const refresh = service.request(ME, waiting).finally(() => {
    answered = true
  })
  for (let request = 0; request < 20; request += 1) {
    t.equal((await service.request(ME, reading)).statusCode, 200)
  }
  t.equal((await service.request({ url: '/health/ready' })).statusCode, 200, 'nothing has failed')
  t.equal(answered, false, 'and the change still waits')

  lock.end()
  t.equal((await refresh).statusCode, 200, 'to be made as soon as it can be')
  t.equal((await rowOf(service, waiting)).generation, 2)
})

t.test('requests with one token fail together during an outage, and succeed together after it', async (t) => {
  const path = temporaryDatabase(t)
  const [service, driver] = await withDriver(() =>
    buildApp(t, { environment: { DATABASE_URL: `file:${path}` } }),
  )
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const together = () => Promise.all(Array.from({ length: 5 }, () => service.request(ME, jar.copy())))

  const { store } = internalsOf(service.app)
  const { rotateSession } = store
  let rotations = 0
  store.rotateSession = (rotation) => {
    rotations += 1
    return rotateSession(rotation)
  }

  const fault = readOnly(driver)
  fault.begin()
  for (const refused of await together()) {
    t.equal(refused.statusCode, 503)
    keepsCookies(t, refused)
  }
  t.match(await rowOf(service, jar), { generation: 1, revokedAt: null })
  t.equal(rotations, 1, 'the database is asked once for all of them')

  fault.end()
  const answers = await together()
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200, 200, 200],
  )
  t.match(await rowOf(service, jar), { generation: 2 })
})

t.test('a registration or its link during an outage is refused alike, and works afterwards', async (t) => {
  const environment = {
    ...MAIL_TO_LOG,
    EMAIL_VERIFICATION: 'required',
    DATABASE_URL: `file:${temporaryDatabase(t)}`,
  } as const
  const [service, driver] = await withDriver(() => buildApp(t, { environment }))
  const ask = (email: string) =>
    service.request({ method: 'POST', url: '/auth/register', payload: { email, password: PASSWORD } })
  const confirm = (token: string) =>
    service.request({ method: 'POST', url: '/auth/email/confirm', payload: { token } })
  const { accounts, store } = internalsOf(service.app)
  await accounts.create({ email: 'taken@example.com', password: PASSWORD })
  const fault = readOnly(driver)
  fault.begin()
  for (const email of ['ada@example.com', 'taken@example.com']) isOutage(t, await ask(email))
  fault.end()
  t.strictSame(await store.listMail(9), [], 'nothing is promised that was not kept')
  t.equal((await ask('ada@example.com')).statusCode, 202)
  const token = await loggedToken(service, 'ada@example.com', 'confirm-address')
  fault.begin()
  isOutage(t, await confirm(token))
  fault.end()
  t.equal(await accounts.findByEmail('ada@example.com'), undefined)
  t.equal((await confirm(token)).statusCode, 204, 'the link is not used up')
})
