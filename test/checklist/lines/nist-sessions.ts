import { setTimeout as sleep } from 'node:timers/promises'
import { PASSWORD } from '../../support/app.ts'
import { claimsOf } from '../../support/tokens.ts'
import { anHourLater, bytesOf, changeRows, HOUR_MS, readRows } from '../database.ts'
import type { Line } from '../line.ts'
import { randomIds } from '../randomness.ts'
import { ACCESS, DEVICE, REFRESH } from '../service.ts'
import { isWorthless } from '../worthless.ts'
import { brief } from './asvs-v7-endings.ts'

const PROXY = 'TLS ends at a proxy in front of the service; HSTS keeps browsers on it (ASVS V3.4.1).'

export const nistSessions: readonly Line[] = [
  {
    at: '2.1.3',
    demand: 'SHOULD',
    says: 'At AAL1 people sign in again after thirty days at the latest',
    passes: 'a remembered session ends thirty days after its sign-in, and its refresh cookie before',
    async test(t, service) {
      const person = await service.person()
      const json = { email: person.email, password: 'correct horse battery staple', remember: true }
      const { setCookies } = await service.send('POST', '/auth/login', { json })
      for (const line of setCookies.filter((line) => !line.startsWith(DEVICE))) {
        const [, seconds] = /Max-Age=(\d+)/.exec(line) ?? []
        t.ok(Number(seconds) > 0 && Number(seconds) <= 30 * 86_400)
      }
    },
  },
  {
    at: '5.1 (secret)',
    demand: 'MUST',
    says: 'A session rests on a secret that is made when somebody authenticates, and is shown by their software itself',
    passes: 'there are no cookies before signing in, and others after each sign-in',
    async test(t, service) {
      t.same((await service.send('GET', '/me')).setCookies, [])
      const person = await service.person()
      const before = person.jar.copy()
      await service.signIn(person, person.jar)
      for (const name of [ACCESS, REFRESH]) t.not(person.jar.get(name), before.get(name))
      t.ok(await isWorthless(service, before))
    },
  },
  {
    at: '5.1 (random)',
    demand: 'MUST',
    says: 'Session secrets are random and have at least 64 bits',
    passes: 'two hundred secrets of 256 bits have no byte position in common',
    async test(t, service) {
      const { macs } = await randomIds(service)
      for (let byte = 0; byte < 32; byte += 1) {
        t.ok(new Set(macs.map((mac) => mac[byte])).size > 60, `byte ${byte} takes many values`)
      }
    },
  },
  {
    at: '5.1 (logout)',
    demand: 'MUST',
    says: 'Secrets are erased or made worthless when somebody signs out',
    passes: 'both happen: cookies are cleared, and what was kept of them is worthless',
    async test(t, service) {
      const { jar } = await service.person()
      const kept = jar.copy()
      await service.send('POST', '/auth/logout', { jar })
      t.same([jar.get(ACCESS), jar.get(REFRESH)], [undefined, undefined])
      t.ok(await isWorthless(service, kept))
    },
  },
  {
    at: '5.1 (channel)',
    demand: 'MUST',
    says: 'Secrets travel encrypted, and no session falls back',
    notApplicable: PROXY,
  },
  {
    at: '5.1 (timeout)',
    demand: 'MUST',
    says: 'Secrets are not accepted after their time',
    passes: 'the server itself keeps the time: a cookie that a browser keeps too long is refused',
    async test(t, service) {
      const { jar } = await service.person()
      const { exp, iat } = claimsOf(jar.get(ACCESS) as string) as { exp: number; iat: number }
      t.equal(exp - iat, 900)
      const short = await brief(service)
      const person = await short.person()
      await sleep(1_100)
      t.equal((await short.send('GET', '/me', { jar: person.jar.copy() })).status, 401)
      t.ok(await isWorthless(short, person.jar))
    },
  },
  {
    at: '5.1 (storage)',
    demand: 'SHOULD',
    says: 'Secrets are not where scripts can read them',
    passes: 'no answer to a browser has a token in its body, and cookies are HttpOnly',
    async test(t, service) {
      const person = await service.person()
      const json = { email: person.email, password: 'correct horse battery staple' }
      const { body, setCookies } = await service.send('POST', '/auth/login', { json })
      t.notMatch(body, /eyJ|tacit_rt_/)
      for (const line of setCookies) t.match(line, /; HttpOnly/)
    },
  },
  {
    at: '5.1 (forgery)',
    demand: 'MUST',
    says: 'What is posted is protected against cross-site request forgery',
    passes:
      'by where it comes from, which browsers tell and pages cannot forge; without telling, cookies do not count',
    async test(t, service) {
      const { jar } = await service.person()
      for (const headers of [
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': undefined, origin: 'https://attacker.example' },
        { 'sec-fetch-site': undefined },
      ]) {
        const json = { name: 'Mallory' }
        t.equal((await service.send('PATCH', '/me', { jar, json, headers })).status, 403)
      }
      t.match((await service.send('GET', '/me', { jar })).json(), { user: { name: null } })
    },
  },
  {
    at: '5.1 (logoff)',
    demand: 'SHOULD',
    says: 'People can end their session',
    passes: 'one request ends it, also with an access token that has expired',
    async test(t, service) {
      const { jar } = await service.person()
      const kept = jar.copy()
      t.equal((await service.send('POST', '/auth/logout', { jar: jar.delete(ACCESS) })).status, 204)
      t.ok(await isWorthless(service, kept))
    },
  },
  {
    at: '5.1.1',
    demand: 'MUST',
    says: 'Cookies are Secure, HttpOnly, SameSite, for one host, with __Host- and Path=/, and hold nothing personal',
    passes: 'all of it, in each cookie',
    async test(t, service) {
      const person = await service.person('Ada Lovelace')
      const json = { email: person.email, password: 'correct horse battery staple', remember: true }
      const { setCookies } = await service.send('POST', '/auth/login', { json })
      t.equal(setCookies.length, 3)
      for (const line of setCookies) {
        const [pair = '', ...attributes] = line.split('; ')
        t.match(pair, /^__Host-/)
        const known = attributes.filter((attribute) => !attribute.startsWith('Max-Age='))
        t.same(known.sort(), ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
        t.equal(attributes.length, 5, 'and it ends with the session')
      }
      t.notMatch(JSON.stringify(claimsOf(person.jar.get(ACCESS) as string)), /Ada|@/)
    },
  },
  {
    at: '5.1.1 (opaque)',
    demand: 'SHOULD',
    says: 'Cookies hold only an opaque string',
    notYet:
      'By decision the access cookie is a JWT, which says when it ends and for whom; the refresh cookie is opaque.',
  },
  {
    at: '5.1.2',
    demand: 'MUST',
    says: 'An access token is not taken for the presence of a person',
    passes: 'auth_time says when the person was there, and does not move when tokens are renewed',
    async test(t, service) {
      const person = await service.person()
      const before = claimsOf(person.jar.get(ACCESS) as string)
      await anHourLater(service, person)
      for (const more of [1, 2]) {
        const after = claimsOf(person.jar.get(ACCESS) as string)
        t.equal(after.auth_time, Number(before.auth_time) - HOUR_MS / 1_000)
        t.equal(after.gen, Number(before.gen) + more)
        t.equal((await service.send('POST', '/auth/refresh', { jar: person.jar })).status, 204)
      }
    },
  },
  {
    at: '5.2 (reset)',
    demand: 'MUST',
    says: 'Use puts the idle limit off, and authenticating again both limits',
    passes: 'a refresh moves the idle limit of a session and not the other, and a sign-in begins both anew',
    async test(t, service) {
      const person = await service.person()
      const age = () =>
        changeRows(
          service,
          'UPDATE sessions SET idle_expires_at = idle_expires_at - ?, expires_at = expires_at - ? WHERE user_id = ?',
          HOUR_MS,
          HOUR_MS,
          bytesOf(person.id),
        )
      const limits = () => {
        const select =
          'SELECT idle_expires_at, expires_at FROM sessions WHERE user_id = ? ORDER BY created_at DESC LIMIT 1'
        return readRows(service, select, bytesOf(person.id))[0] as readonly [number, number]
      }
      /** How many hours are left to each limit of the session that is newest. */
      const left = () => limits().map((limit) => Math.round((limit - Date.now()) / HOUR_MS))
      const [DAY, MONTH] = [24, 30 * 24]

      const [idleAtFirst] = limits()
      t.strictSame(left(), [DAY, MONTH])
      age()
      t.strictSame(left(), [DAY - 1, MONTH - 1])
      t.equal((await service.send('POST', '/auth/refresh', { jar: person.jar })).status, 204)
      t.strictSame(left(), [DAY, MONTH - 1])
      t.ok(limits()[0] > idleAtFirst, 'by the time of the refresh, and not of the sign-in')
      age()
      const json = { email: person.email, password: PASSWORD }
      await service.send('POST', '/auth/login', { jar: person.jar, json })
      t.strictSame(left(), [DAY, MONTH])
    },
  },
  {
    at: '5.3',
    demand: 'MAY',
    says: 'Sessions are watched for signs of fraud',
    passes: 'a refresh token that comes twice ends its session, and is an event',
    async test(t, service) {
      const { jar } = await service.person()
      const stolen = jar.copy()
      await service.send('POST', '/auth/refresh', { jar })
      await service.proveReceipt({ jar })
      t.match((await service.send('POST', '/auth/refresh', { jar: stolen })).json(), {
        code: 'REFRESH_REUSED',
      })
      t.ok(await isWorthless(service, jar))
    },
  },
]
