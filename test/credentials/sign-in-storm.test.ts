import t from 'tap'
import { MAX_TURNS_AT_ONCE } from '../../src/credentials/passwords.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp } from '../support/app.ts'
import { failuresOf, login } from '../support/failures.ts'
import { isRefusal } from '../support/refusals.ts'

t.test('answers sign-ins beyond what can be hashed with 503 and Retry-After', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, {
    log: (line) => lines.push(line),
    environment: { ARGON2_MEMORY_KIB: 16_384 },
  })
  const browser = await signUp(service)
  const login = (index: number) => {
    const payload = { email: `unknown-${index}@example.com`, password: 'wrong' }
    return service.request({ method: 'POST', url: '/auth/login', payload }, browser)
  }
  const responses = await Promise.all(Array.from({ length: 200 }, (_, index) => login(index)))
  const refused = responses.filter(({ statusCode }) => statusCode !== 401)
  t.ok(refused.length > 0)
  t.ok(refused.length < 200, 'those that fit are answered')
  for (const response of refused) {
    t.equal(response.headers['retry-after'], '2')
    t.same(response.headers['set-cookie'], undefined)
  }
  const [first] = refused
  if (first) {
    isRefusal(t, first, {
      status: 503,
      code: 'SERVER_BUSY',
      message: 'The service is busy, try again in a moment',
    })
  }
  t.match(lines.join(''), /The service is busy/)
  await signIn(service)
})

const WAITING_AT_MOST = 64

t.test('does not count a sign-in that is refused because too many wait', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const rush = MAX_TURNS_AT_ONCE + WAITING_AT_MOST + 40
  const others = Array.from({ length: rush }, (_, place) =>
    login(service, PASSWORD, { email: `${place}@example.com` }),
  )
  const own = Array.from({ length: 5 }, () => login(service, PASSWORD))
  t.strictSame(new Set(await Promise.all(own)), new Set([503]), 'the queue is full by then')
  t.equal(await failuresOf(service), 0)

  const statuses = await Promise.all(others)
  let [counted, turnedAway] = [0, 0]
  for (const [place, status] of statuses.entries()) {
    if (status === 503) turnedAway += 1
    counted += await failuresOf(service, `${place}@example.com`)
  }
  t.equal(counted, statuses.filter((status) => status === 401).length)
  t.equal(counted + turnedAway, rush)
  t.equal(await login(service, PASSWORD), 200)
})

t.test('counts every guess at one account while many sign-ins wait', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const statuses = await Promise.all(Array.from({ length: 150 }, () => login(service, 'wrong')))
  t.ok(statuses.includes(503) && statuses.includes(401))
  t.equal(await failuresOf(service), 10)
  t.equal(internalsOf(service.app).events.counts()['sign-in-failed'], 10, 'no more were looked at')
})
