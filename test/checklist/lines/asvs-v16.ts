import { PASSWORD } from '../../support/app.ts'
import { brokenService } from '../broken.ts'
import type { Line } from '../line.ts'
import { eventsOf, eventually, linesOf } from '../log.ts'

const GUESS = 'a wrong guess of fair length'
const STDOUT =
  'The service writes to its standard output; where that goes, and who reads it, is for its operator.'

const events: readonly Line[] = [
  {
    at: 'V16.3.1',
    demand: 'L2',
    says: 'Every authentication is logged, whether it succeeded or not',
    passes: 'registering, signing in, failing, signing out and changing the password are each an event',
    async test(t, service) {
      const { id, email, jar } = await service.person()
      await service.send('POST', '/auth/login', { json: { email, password: GUESS } })
      await service.send('POST', '/auth/login', { jar, json: { email, password: PASSWORD } })
      const json = { currentPassword: PASSWORD, newPassword: 'four quite different words' }
      await service.send('POST', '/me/password', { jar, json })
      await service.send('POST', '/auth/logout', { jar })
      await eventually(service, id, 'signed-out')
      t.same(
        eventsOf(service, id).map(({ event }) => event),
        [
          'registered',
          'signed-in',
          'sign-in-failed',
          'session-revoked',
          'signed-in',
          'password-changed',
          'signed-out',
        ],
      )
    },
  },
  {
    at: 'V16.3.2',
    demand: 'L2',
    says: 'Refused authorizations are logged',
    notYet: 'A 403 for a missing role, permission or ownership is answered and leaves no event.',
  },
  {
    at: 'V16.3.3 (documented events)',
    demand: 'L2',
    says: 'The events that are documented are logged, and attempts to get around controls',
    passes: 'a token that was used twice, a foreign page and a guess that met a pause are each an event',
    async test(t, service) {
      const person = await service.person()
      const { refresh_token } = await service.tokens(person)
      const next = (await service.refresh(refresh_token)).json<{ access_token: string }>()
      await service.proveReceipt({ bearer: next.access_token })
      await service.refresh(refresh_token)
      await eventually(service, person.id, 'refresh-reused')
      t.equal(eventsOf(service, person.id).filter(({ event }) => event === 'refresh-reused').length, 1)
      await service.send('POST', '/auth/logout', { headers: { 'sec-fetch-site': 'cross-site' } })
      for (let n = 0; n < 40; n += 1) {
        await service.send('POST', '/auth/login', { json: { email: person.email, password: GUESS } })
      }
      await eventually(service, person.id, 'sign-in-paused')
      t.ok(linesOf(service).some(({ event }) => event === 'cross-origin-refused'))
    },
  },
  {
    at: 'V16.3.3 (bounds)',
    demand: 'L2',
    says: 'Exceeding a limit and sending what is not well formed are logged',
    notYet: 'A 429 and a 400 leave no event of their own.',
  },
  {
    at: 'V16.3.4',
    demand: 'L2',
    says: 'Unexpected errors are logged',
    passes: 'what went wrong with the database is in the log, with its cause, and not in the answer',
    async test(t, service) {
      const { service: broken, person } = await brokenService(service)
      const answer = await broken.send('POST', '/auth/login', {
        json: { email: person.email, password: PASSWORD },
      })
      t.ok(answer.status >= 500)
      t.notMatch(answer.body, /sqlite|table|SELECT/i)
      const tellsWhy = () => linesOf(broken).some((line) => /no such table/.test(JSON.stringify(line)))
      for (let n = 0; n < 100 && !tellsWhy(); n += 1) await broken.send('GET', '/health/live')
      t.ok(tellsWhy())
    },
  },
]

const errors: readonly Line[] = [
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
      const { service: broken, person } = await brokenService(service)
      const json = { email: 'new@example.org', password: PASSWORD }
      for (const answer of [
        await broken.send('GET', `/users/${person.id}`, { bearer: 'a.b.c' }),
        await broken.send('POST', '/auth/register', { json }),
        await broken.send('POST', '/auth/login', { json: { ...json, email: person.email } }),
        await broken.refresh(String(person.jar.get('__Host-refresh'))),
      ]) {
        t.ok(answer.status >= 401, `${answer.status}`)
        t.same(answer.setCookies, [])
      }
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

export const loggingAndErrors: readonly Line[] = [
  {
    at: 'V16.1.1',
    demand: 'L2',
    says: 'There is an inventory of what is logged where, in which form, for whom and how long',
    notYet:
      'docs/administration.md lists the events and how long they are kept; the lines of the log are not listed.',
  },
  {
    at: 'V16.2.1',
    demand: 'L2',
    says: 'A log entry says when, where, who and what',
    passes: 'an event has its time, address, browser, account and session',
    async test(t, service) {
      const { id, email } = await service.person()
      const headers = { 'user-agent': 'A browser/1.0' }
      await service.send('POST', '/auth/login', { json: { email, password: GUESS }, headers })
      const { time, ...failed } = await eventually(service, id, 'sign-in-failed')
      t.ok(Math.abs(Date.now() - time) < 60_000)
      t.match(failed, { userId: id, ip: /^(127\.0\.0\.1|::1|::ffff:127.0.0.1)$/, userAgent: 'A browser/1.0' })
      t.match((await eventually(service, id, 'signed-in')).sid, /^[\w-]{22}$/)
    },
  },
  {
    at: 'V16.2.2',
    demand: 'L2',
    says: 'Times in logs are in UTC or say their zone, from clocks that agree',
    passes: 'every line has the milliseconds since the Unix epoch, which know no zone',
    async test(t, service) {
      const lines = linesOf(service)
      t.ok(lines.length > 10)
      t.ok(lines.every(({ time }) => Number.isInteger(time) && Math.abs(Date.now() - time) < 600_000))
    },
  },
  {
    at: 'V16.2.3',
    demand: 'L2',
    says: 'Logs go only where the inventory says',
    notYet: 'As V16.1.1. They go to standard output, and events also into the table auth_events.',
  },
  {
    at: 'V16.2.4',
    demand: 'L2',
    says: 'Logs can be read by machines and put together',
    passes: 'every line of the process is one JSON object with level, time and message',
    async test(t, service) {
      for (const line of linesOf(service)) {
        t.type(line.level, 'number')
        t.type(line.time, 'number')
      }
    },
  },
  {
    at: 'V16.2.5',
    demand: 'L2',
    says: 'Secrets are not logged',
    passes:
      'at the most talkative level there is no password, token, cookie or hash in anything that was logged',
    async test(t, service) {
      const { jar, email } = await service.person()
      const pair = await service.tokens({ email, jar, id: '' })
      await service.refresh(pair.refresh_token)
      await service.send('GET', '/me', { jar })
      await service.send('GET', '/me', { bearer: pair.access_token })
      await service.send('POST', '/auth/login', { json: { email, password: GUESS } })
      const logged = service.logged()
      t.ok(logged.includes('incoming request'), 'it is talkative')
      for (const secret of [PASSWORD, GUESS, ...jar.cookies.values(), ...Object.values(pair)]) {
        if (typeof secret === 'string' && secret.length > 12) t.notOk(logged.includes(secret.slice(-24)))
      }
      t.notOk(/argon2id|tacit_rt_|eyJ/.test(logged))
    },
  },
  ...events,
  {
    at: 'V16.4.1',
    demand: 'L2',
    says: 'Nothing that comes from outside can forge or break a line of the log',
    passes: 'line breaks, quotes and escapes in an address or a browser make one line, which still is JSON',
    async test(t, service) {
      const before = linesOf(service).filter(({ event }) => event === 'forged').length
      const forged = '"}\n{"level":30,"event":"forged"}\r\n\u001b[2J\u2028'
      await service.send('POST', '/auth/login', { json: { email: forged, password: GUESS } })
      await service.send('GET', `/${encodeURIComponent(forged)}`)
      const { email, id } = await service.person(forged)
      const headers = { 'user-agent': 'x"},{"event":"forged"' }
      await service.send('POST', '/auth/login', { json: { email, password: GUESS }, headers })
      t.equal((await eventually(service, id, 'sign-in-failed')).userAgent, headers['user-agent'])
      t.equal(linesOf(service).filter(({ event }) => event === 'forged').length, before)
    },
  },
  {
    at: 'V16.4.2',
    demand: 'L2',
    says: 'Logs cannot be read or changed by just anybody',
    notApplicable: STDOUT,
  },
  { at: 'V16.4.3', demand: 'L2', says: 'Logs are sent to another system', notApplicable: STDOUT },
  ...errors,
]
