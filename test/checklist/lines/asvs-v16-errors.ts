import { PASSWORD } from '../../support/app.ts'
import { claimsOf, HEADER, jwt } from '../../support/tokens.ts'
import { brokenService } from '../broken.ts'
import type { Line } from '../line.ts'
import { ACCESS, REFRESH } from '../service.ts'

export const errors: readonly Line[] = [
  {
    at: 'V16.5.1',
    demand: 'L2',
    says: 'What goes wrong is answered with a sentence that tells nothing of the inside',
    passes:
      'neither a broken database nor nonsense brings a stack, a query, a path or a token into an answer',
    async test(t, service) {
      const { service: broken, person } = await brokenService(service)
      const login = { email: person.email, password: PASSWORD }
      const nonsense = { 'content-type': 'application/json' }
      for (const answer of [
        await broken.send('POST', '/auth/login', { json: login }),
        await broken.send('POST', '/auth/token', {
          form: { grant_type: 'password', username: 'a', password: 'b' },
        }),
        await broken.send('GET', '/me', { jar: person.jar.copy() }),
        await service.send('POST', '/auth/login', { form: '{"email":', headers: nonsense }),
        await service.send('POST', '/auth/login', { json: { email: { $ne: null }, password: [] } }),
        await service.send('GET', '/%E0%A4%A'),
        await service.send('GET', `/users/${"'".repeat(10)}`),
      ]) {
        t.ok(answer.status >= 400)
        t.notMatch(answer.body, /sqlite|SELECT|node_modules|\bat .*:\d+:\d+|\/src\/|eyJ|tacit_rt_|argon2/i)
        t.same(
          Object.keys(answer.json()).filter(
            (name) =>
              !['statusCode', 'code', 'error', 'message', 'reason', 'error_description'].includes(name),
          ),
          [],
        )
      }
    },
  },
  {
    at: 'V16.5.2',
    demand: 'L2',
    says: 'The service goes on securely when something that it depends on fails',
    passes: 'without its database it says 503 and when to come back, and takes no cookies away',
    async test(t, service) {
      const { service: broken, person } = await brokenService(service)
      const { status, headers, setCookies } = await broken.send('POST', '/auth/refresh', {
        jar: person.jar.copy(),
      })
      t.equal(status, 503)
      t.ok(Number(headers['retry-after']) > 0)
      t.same(setCookies, [])
    },
  },
  {
    at: 'V16.5.3',
    demand: 'L2',
    says: 'What fails, fails closed',
    passes: 'nobody is let in, registered or given a token while it cannot be checked',
    async test(t, service) {
      const { service: broken, person, feed } = await brokenService(service)
      const json = { email: 'new@example.org', password: PASSWORD }
      const access = person.jar.get(ACCESS) as string
      const { iat, ...claims } = claimsOf(access)
      // As good as the one that was handed out, and not remembered.
      const another = jwt(HEADER, { ...claims, iat: Number(iat) - 1 })
      const isRefused = async () => {
        for (const answer of [
          await broken.send('GET', '/me', { bearer: access }),
          await broken.send('GET', '/me', { bearer: another }),
          await broken.send('GET', '/me', { jar: person.jar.copy() }),
          await broken.send('POST', '/auth/register', { json }),
          await broken.send('POST', '/auth/login', { json: { ...json, email: person.email } }),
          await broken.send('POST', '/auth/refresh', { jar: person.jar.copy() }),
          await broken.refresh(String(person.jar.get(REFRESH))),
        ]) {
          t.ok(answer.status >= 500, `${answer.status}`)
          t.same(answer.setCookies, [])
        }
      }
      await isRefused()
      // With the feed of changes, what is refused above for the lack of it comes as far as the session.
      feed.create()
      await isRefused()
      feed.drop()
    },
  },
  {
    at: 'V16.5.4',
    demand: 'L3',
    says: 'A last handler catches what nobody else did, logs it, and keeps the process alive',
    passes: 'after all of these failures the same process still answers',
    async test(t, service) {
      const { service: broken } = await brokenService(service)
      await Promise.all(Array.from({ length: 20 }, () => broken.send('GET', '/me', { bearer: 'a.b.c' })))
      t.equal((await broken.send('GET', '/health/live')).status, 200)
    },
  },
]
