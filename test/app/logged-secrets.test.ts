import { readdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD } from '../support/app.ts'
import { registerAt } from '../support/browser.ts'
import { temporaryDatabase } from '../support/database.ts'
import { Jar } from '../support/jar.ts'
import { startServer } from '../support/processes.ts'
import { someSession, someUser } from '../support/rows-by-hand.ts'
import { begin, exchange, readAnswer, send } from '../support/socket.ts'
import { claimsOf, type TokenPair } from '../support/tokens.ts'

const NEXT = 'a quite different set of words'
const WRONG = 'a wrong guess of fair length'
const ADDRESS = '203.0.113.7'
const AGENT = 'A browser/1.0'

interface Line {
  readonly event?: string
  readonly userId?: string
  readonly sid?: string
  readonly ip?: string
  readonly userAgent?: string
  readonly msg: string
}

for (const LOG_LEVEL of ['trace', 'debug', 'info']) {
  t.test(`logs no secret of a whole session at level ${LOG_LEVEL}`, async (t) => {
    const lines: string[] = []
    const service = await buildApp(t, { log: (line) => lines.push(line), environment: { LOG_LEVEL } })
    const secrets = new Set([PASSWORD, NEXT, WRONG])
    const jar = new Jar()

    async function post(url: string, payload?: object, sending: Jar | undefined = jar, token?: string) {
      const headers = { 'user-agent': AGENT, ...(token && { authorization: `Bearer ${token}` }) }
      const response = await service.request(
        { method: 'POST', url, headers, remoteAddress: ADDRESS, ...(payload && { payload }) },
        sending,
      )
      for (const value of jar.cookies.values()) secrets.add(value)
      return response
    }

    await post('/auth/register', { email: 'ada@example.com', password: PASSWORD })
    const first = claimsOf(jar.get('access') as string)
    await post('/auth/login', { email: 'ada@example.com', password: WRONG }, new Jar())
    await post('/auth/login', { email: 'ada@example.com', password: PASSWORD, remember: true })
    const second = claimsOf(jar.get('access') as string)
    service.clock.advance(60)
    await post('/auth/refresh')
    await post('/auth/login', { email: 'ada@example.com', password: `${WRONG}"` })
    await post('/auth/login', `{"email":"ada@example.com","password":"${WRONG}` as unknown as object)
    const tokens = (
      await post('/auth/token', { grant_type: 'password', username: 'ada@example.com', password: PASSWORD })
    ).json() as TokenPair
    service.clock.advance(60)
    const next = (
      await post('/auth/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token })
    ).json() as TokenPair
    for (const pair of [tokens, next]) secrets.add(pair.access_token).add(pair.refresh_token)
    await post('/me/password', { currentPassword: WRONG, newPassword: NEXT })
    await post('/me/password', { currentPassword: PASSWORD, newPassword: NEXT })
    const stolen = jar.copy()
    service.clock.advance(60)
    await post('/auth/refresh')
    await post('/auth/logout', undefined, undefined, next.access_token)
    service.clock.advance(300)
    await service.request({ url: '/me' }, jar)
    service.clock.advance(300)
    await post('/auth/refresh', undefined, stolen)
    const third = claimsOf(jar.get('access') as string)
    await post('/auth/login', { email: 'ada@example.com', password: NEXT })
    const last = claimsOf(jar.get('access') as string)
    await post('/auth/logout')
    await service.request({ url: `/me?access_token=${next.access_token}` })
    const user = await internalsOf(service.app).store.findUserByEmailKey('ada@example.com')
    secrets.add(user?.passwordHash as string)

    const everything = lines.join('')
    t.ok(secrets.size >= 14, `${secrets.size} secrets were used`)
    for (const secret of secrets) {
      t.notOk(everything.includes(secret), 'no secret is logged whole')
      const signature = secret.split('.').at(-1) as string
      t.notOk(everything.includes(signature.slice(-24)), 'nor its end')
    }
    t.notMatch(everything, /argon2id|tacit_rt_|eyJ/)

    const events = lines.map((line) => JSON.parse(line) as Line).filter(({ event }) => event !== undefined)
    t.ok(events.every(({ ip, userAgent }) => ip === ADDRESS && userAgent === AGENT))
    t.ok(events.every(({ userId }) => userId === user?.id))
    t.strictSame(
      events.map(({ event, sid }) => (sid === undefined ? [event] : [event, sid])),
      [
        ['registered'],
        ['signed-in', first.sid],
        ['sign-in-failed'],
        ['session-revoked', first.sid],
        ['signed-in', second.sid],
        ['sign-in-failed'],
        ['signed-in', claimsOf(tokens.access_token).sid],
        ['sign-in-failed'],
        ['session-revoked', second.sid],
        ['password-changed', third.sid],
        ['refresh-reused', third.sid],
        ['signed-in', last.sid],
        ['signed-out', last.sid],
      ],
    )
    t.not(third.sid, second.sid)
  })
}

const NAMES =
  'authorization cookie set-cookie password currentPassword newPassword passwordHash seed secret secretKey SECRET_KEY ' +
  'token accessToken access_token refreshToken refresh_token'

t.test('redacts secrets that are logged by mistake, at the top of a line and one level below', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, { log: (line) => lines.push(line), environment: { LOG_LEVEL: 'trace' } })
  const named = Object.fromEntries(NAMES.split(' ').map((name) => [name, `a-secret, the ${name}`]))
  const { log } = service.app
  log.info(named, 'at the top')
  log.trace({ body: named, other: 1 }, 'one level below')
  const user = someUser()
  const session = someSession(user.id)
  log.info({ user, session }, 'rows')
  log.error({ err: Object.assign(new Error('a mistake'), named) }, 'an error')
  log.info({ ...user, ...session }, 'a row')

  const everything = lines.join('')
  t.match(everything, /\[redacted\]/)
  t.match(everything, user.email)
  t.match(everything, /"message":"a mistake"/)
  t.notMatch(everything, /a-secret|argon2/)
  t.notOk(everything.includes(session.seed.toJSON().data.join(',')))
})

t.test(
  'writes one JSON object a line to standard output, whatever a client sends, and nothing else',
  async (t) => {
    const database = temporaryDatabase(t)
    const { port, logged, complained } = await startServer(t, database, { LOG_LEVEL: 'trace' })
    const forged = '"},{"level":30,"event":"forged"'
    const path = `/${forged}${encodeURIComponent(`"}\n{"level":30,"event":"forged"}\r\n\u001b[2J\u2028`)}`
    const userAgent = `x\t${forged}`
    await registerAt(port, 'ada@example.com')
    for (const email of ['ada@example.com', forged]) {
      const headers = { 'content-type': 'application/json', 'user-agent': userAgent }
      const { outgoing, head } = begin(port, { method: 'POST', url: '/auth/login' }, new Jar(), headers)
      outgoing.end(JSON.stringify({ email, password: WRONG }))
      t.equal((await readAnswer(head)).statusCode, 401)
    }
    await exchange(port, `GET ${path} HTTP/1.1\r\nHost: ${forged}\r\nConnection: close\r\n\r\n`)
    await exchange(port, 'nonsense\r\n\r\n')
    // The process writes through a pipe: an answer may be here before its line.
    const last = { method: 'GET', url: '/the-last-of-all' }
    while (!logged().includes(last.url)) await send(port, last, new Jar())

    const written = logged().split('\n').slice(0, -1)
    const lines = written.map((line) => JSON.parse(line))
    t.ok(lines.length > 10)
    for (const { level, time, msg } of lines) {
      t.strictSame([typeof level, typeof msg], ['number', 'string'])
      t.ok(
        Number.isInteger(time) && Math.abs(Date.now() - time) < 600_000,
        'milliseconds since the Unix epoch',
      )
    }
    const events = lines.filter(({ event }) => event !== undefined)
    t.strictSame(
      events.map(({ event }) => event),
      ['registered', 'signed-in', 'sign-in-failed', 'sign-in-failed'],
    )
    t.equal(events.at(-1).userAgent, userAgent)
    const asked = lines.find(({ req }) => req?.host === forged)
    t.equal(asked?.req.url, path)
    t.notMatch(written.join(''), /\p{Cc}|\u2028/u)
    t.equal(complained(), '')
    const files = readdirSync(dirname(database)).filter((name) => !name.startsWith(basename(database)))
    t.same(files, [])
  },
)
