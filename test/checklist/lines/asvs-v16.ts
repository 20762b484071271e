import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { PASSWORD } from '../../support/app.ts'
import { matchesWhole } from '../../support/lists.ts'
import { TRUSTING } from '../answers.ts'
import { brokenService } from '../broken.ts'
import { codeIn, documentation } from '../documentation.ts'
import type { Line } from '../line.ts'
import { eventsOf, eventually, type LogLine, linesOf, untilLogged } from '../log.ts'
import { ACCESS } from '../service.ts'
import { errors } from './asvs-v16-errors.ts'

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
          'session-revoked',
          'password-changed',
          'signed-out',
        ],
      )
    },
  },
  {
    at: 'V16.3.1 (tokens)',
    demand: 'L2',
    says: 'Every authentication is logged, whether it succeeded or not',
    passes:
      'a forged token, and a genuine one of a session that has ended, are each an event without a byte of the token',
    async test(t, service) {
      const { id, jar } = await service.person()
      const kept = jar.copy()
      const token = kept.get(ACCESS) as string
      await service.send('POST', '/auth/logout', { jar })
      t.equal((await service.send('GET', '/me', { jar: kept })).status, 401)
      await eventually(service, id, 'token-refused')
      const forged = `${token.slice(0, -4)}AAAA`
      t.equal((await service.send('GET', '/me', { bearer: forged })).status, 401)
      const isForged = ({ event, reason }: LogLine) =>
        event === 'token-refused' && reason === 'TOKEN_INVALID, GET /me'
      await untilLogged(service, 'token-refused', isForged)
      for (const part of [...token.split('.').slice(1), forged]) t.notOk(service.logged().includes(part))
    },
  },
  {
    at: 'V16.3.2',
    demand: 'L2',
    says: 'Refused authorizations are logged',
    passes: 'a missing permission, and an account that is not theirs, are events that say what was asked for',
    async test(t, { variant }) {
      // Few are refused on this server, and a minute has room for twenty.
      const service = await variant(TRUSTING)
      const [ada, bo] = [await service.person(), await service.person()]
      for (const path of ['/admin/users', `/users/${bo.id}`]) {
        t.equal((await service.send('GET', path, { jar: ada.jar })).status, 403)
      }
      await eventually(service, ada.id, 'access-refused')
      const refused = () => eventsOf(service, ada.id).filter(({ event }) => event === 'access-refused')
      for (let n = 0; n < 100 && refused().length < 2; n += 1) await service.send('GET', '/health/live')
      matchesWhole(
        t,
        refused().map(({ reason }) => reason),
        [/^GET \/admin\/users is for the permission/, /^GET \/users\/:userId is for the owner/],
      )
    },
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
      await untilLogged(service, 'cross-origin-refused', ({ event }) => event === 'cross-origin-refused')
      t.pass('so is the foreign page')
    },
  },
  {
    at: 'V16.3.3 (limits)',
    demand: 'L2',
    says: 'Attempts to get around the limits are logged',
    passes: 'an address that goes on after a 429 is an event, once a minute',
    async test(t, service) {
      const strict = await service.variant({ LOGIN_RATE_LIMIT_MAX: 1 })
      const json = { email: 'nobody@example.org', password: GUESS }
      for (let n = 0; n < 5; n += 1) await strict.send('POST', '/auth/login', { json })
      const told = () => linesOf(strict).filter(({ event }) => event === 'rate-limited')
      for (let n = 0; n < 100 && told().length === 0; n += 1) await strict.send('GET', '/health/live')
      matchesWhole(t, told(), [{ reason: 'LOGIN_RATE_LIMIT_MAX, POST /auth/login' }])
      t.equal(told().length, 1)
    },
  },
  {
    at: 'V16.3.3 (input)',
    demand: 'L2',
    says: 'Attempts to get around the validation of input are logged',
    notYet:
      'A 400 leaves no event. It is mostly somebody who mistypes, and events that anybody can make at will bury the others.',
  },
  {
    at: 'V16.3.4',
    demand: 'L2',
    says: 'Unexpected errors are logged',
    passes: 'what went wrong with the database is in the log, with its cause, and not in the answer',
    async test(t, service) {
      const { service: broken, person } = await brokenService(service)
      const since = Date.now()
      const answer = await broken.send('POST', '/auth/login', {
        json: { email: person.email, password: PASSWORD },
      })
      t.ok(answer.status >= 500)
      t.notMatch(answer.body, /sqlite|table|SELECT/i)
      // The lines of this request, and not of another that failed before it.
      const isTheError = (line: LogLine) =>
        line.level >= 40 && line.time >= since && /no such table/.test(JSON.stringify(line))
      const tellsWhy = () => linesOf(broken).some(isTheError)
      for (let n = 0; n < 100 && !tellsWhy(); n += 1) await broken.send('GET', '/health/live')
      t.ok(tellsWhy())
    },
  },
]

export const loggingAndErrors: readonly Line[] = [
  {
    at: 'V16.1.1',
    demand: 'L2',
    says: 'There is an inventory of what is logged where, in which form, for whom and how long',
    passes:
      'every line that the service has logged by now is in docs/data.md, or is an event of docs/administration.md',
    async test(t, service) {
      const { service: broken } = await brokenService(service)
      await broken.send('GET', '/health/ready')
      const outage = 'the store does not answer'
      await untilLogged(broken, outage, ({ msg }) => msg === outage)
      const inventory = documentation('data.md')
        .tables('`msg`')
        .flatMap(([messages]) => codeIn(messages))
        .map((message) => message.split('…'))
      const events = new Set(
        documentation('administration.md')
          .tables('`reason`')
          .flatMap(([types]) => codeIn(types)),
      )
      const isKnown = ({ msg, event }: LogLine) =>
        event === undefined
          ? inventory.some(([start = '', end = '']) => msg.startsWith(start) && msg.endsWith(end))
          : events.has(event)
      const lines = [...linesOf(service), ...linesOf(broken)]
      // Something of each kind: the framework's, an event, and what went wrong.
      for (const sample of ['incoming request', 'request completed', 'registered', outage]) {
        t.ok(
          lines.some(({ msg }) => msg === sample),
          sample,
        )
      }
      t.same(
        lines.filter((line) => !isKnown(line)).map(({ msg }) => msg),
        [],
      )
    },
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
    passes: 'the process writes lines to its standard output, and no file beside those of its database',
    async test(t, service) {
      await service.person()
      t.ok(linesOf(service).length > 10)
      t.match(documentation('data.md').text, 'on standard output and nowhere else')
      const directory = dirname(service.database)
      const files = readdirSync(directory).filter((name) => !name.startsWith(basename(service.database)))
      t.same(files, [])
    },
  },
  {
    at: 'V16.2.4',
    demand: 'L2',
    says: 'Logs can be read by machines and put together',
    passes:
      'every line on standard output is one JSON object with level, time and message, and standard error is empty',
    async test(t, service) {
      await service.person()
      await service.send('GET', '/nowhere')
      await service.exchange('nonsense\r\n\r\n')
      const lines = linesOf(service)
      t.ok(lines.length > 3, 'there are lines')
      for (const line of lines) {
        t.strictSame([typeof line.level, typeof line.time, typeof line.msg], ['number', 'number', 'string'])
      }
      t.equal(service.complained(), '', 'the standard error is empty')
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
      const head = `GET /me HTTP/1.1\r\nHost: localhost\r\nCookie: ${jar.header()}\r\nnot a header\r\n\r\n`
      await service.exchange(head)
      const isTold = () => service.logged().includes('/the-last-of-all')
      for (let n = 0; n < 100 && !isTold(); n += 1) await service.send('GET', '/the-last-of-all')
      t.ok(isTold(), 'it is talkative')
      const logged = service.logged()
      t.notOk(logged.includes(JSON.stringify([...Buffer.from(head)]).slice(1, -1)), 'nor as bytes')
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
    passes:
      'quotes, braces and escapes in a host, a path or a browser stay inside one line of JSON, as they came, and no line break comes through',
    async test(t, service) {
      const forged = '"},{"level":30,"event":"forged"'
      const broken = encodeURIComponent(`"}\n{"level":30,"event":"forged"}\r\n\u001b[2J\u2028`)
      await service.send('GET', `/${forged}${broken}`, { headers: { host: forged } })
      const { email, id } = await service.person(forged)
      const headers = { 'user-agent': `x\t${forged}` }
      await service.send('POST', '/auth/login', { json: { email, password: GUESS }, headers })
      await service.send('POST', '/auth/login', { json: { email: forged, password: forged }, headers })

      t.equal((await eventually(service, id, 'sign-in-failed')).userAgent, headers['user-agent'])
      const { req } = await untilLogged(service, 'the host', (line) => line.req?.host === forged)
      t.equal(req?.url, `/${forged}${broken}`)
      t.strictSame(
        linesOf(service).filter(({ event }) => event === 'forged'),
        [],
      )
      const controls = [...service.logged()].filter((character) => character < ' ' && character !== '\n')
      t.strictSame(controls, [])
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
