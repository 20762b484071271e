import t from 'tap'
import { buildApp, signIn, signUp } from '../support/app.ts'
import { isRefusal } from '../support/refusals.ts'

t.test('answers sign-ins beyond what can be hashed with 503 and Retry-After', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, {
    log: (line) => lines.push(line),
    environment: { ARGON2_MEMORY_KIB: 16_384 },
  })
  const browser = await signUp(service)
  const login = (index: number) => {
    const payload = { email: `nobody-${index}@example.com`, password: 'wrong' }
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
