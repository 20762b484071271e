import { readFileSync } from 'node:fs'
import { PASSWORD } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'
import type { Line } from '../line.ts'
import { randomIds } from '../randomness.ts'
import { ACCESS, REFRESH } from '../service.ts'
import { isIn, isWorthless } from '../worthless.ts'
import { abuse } from './asvs-v7-abuse.ts'
import { termination, timeout } from './asvs-v7-endings.ts'

const NO_FEDERATION =
  'There is no federation: the service issues sessions of its own and relies on nobody for them.'

export const sessionManagement: readonly Line[] = [
  {
    at: 'V7.1.1',
    demand: 'L2',
    says: 'Idle and hard limit of sessions are documented, with reasons where they differ from NIST',
    passes: 'the limits that .env.example documents are kept: 7 and 30 days, 30 being what NIST asks of AAL1',
    async test(t, service) {
      const documented = readFileSync(new URL('../../../.env.example', import.meta.url), 'utf8')
      t.match(documented, /^#SESSION_IDLE_TTL=7d$/m)
      t.match(documented, /^#SESSION_TTL=30d$/m)
      const jar = await service.signIn(await service.person())
      const { session } = (await service.send('GET', '/me', { jar })).json<{
        session: { createdAt: string; expiresAt: string }
      }>()
      t.equal(Date.parse(session.expiresAt) - Date.parse(session.createdAt), 7 * 86_400_000)
    },
  },
  {
    at: 'V7.1.2',
    demand: 'L2',
    says: 'It is documented how many sessions an account may have, and what happens beyond',
    passes:
      'docs/sign-in.md says fifty, and the fifty-first sign-in ends the session that was not seen for longest',
    async test(t, service) {
      const documented = readFileSync(new URL('../../../docs/sign-in.md', import.meta.url), 'utf8')
      t.match(documented, /At most `MAX_SESSIONS_PER_USER` \(50\) at once/)
      const person = await service.person()
      for (let n = 0; n < 49; n += 1) await service.tokens(person)
      t.ok(await isIn(service, person.jar))
      await service.tokens(person)
      t.ok(await isWorthless(service, person.jar))
    },
  },
  {
    at: 'V7.1.3',
    demand: 'L2',
    says: 'Systems of a federation are documented with how their sessions go together',
    notApplicable: NO_FEDERATION,
  },
  {
    at: 'V7.2.1',
    demand: 'L1',
    says: 'Tokens are verified on the server',
    passes: 'a session that the server has ended is refused, although its token is genuine and in time',
    async test(t, service) {
      const person = await service.person()
      const { access_token } = await service.tokens(person)
      t.equal((await service.send('GET', '/me', { bearer: access_token })).status, 200)
      t.equal((await service.send('DELETE', '/me/sessions', { jar: person.jar })).status, 204)
      t.equal((await service.send('GET', '/me', { bearer: access_token })).status, 401)
    },
  },
  {
    at: 'V7.2.2',
    demand: 'L1',
    says: 'Sessions rest on tokens made for them, not on fixed keys',
    passes: 'each sign-in gets tokens of its own, and no key in a header opens anything',
    async test(t, service) {
      const person = await service.person()
      const jars = [person.jar, await service.signIn(person), await service.signIn(person)]
      for (const name of [ACCESS, REFRESH]) t.equal(new Set(jars.map((jar) => jar.get(name))).size, 3)
      for (const headers of [
        { 'x-api-key': person.id },
        { authorization: `Basic ${Buffer.from(`${person.email}:${PASSWORD}`).toString('base64')}` },
        { authorization: `ApiKey ${person.id}` },
      ]) {
        t.equal((await service.send('GET', '/me', { headers })).status, 401)
      }
    },
  },
  {
    at: 'V7.2.3',
    demand: 'L1',
    says: 'Reference tokens are unique, random, and have at least 128 bits',
    passes:
      'two hundred sessions have ids of 128 bits and refresh tokens of 256, all different and without bias',
    async test(t, service) {
      const { sids, macs } = await randomIds(service)
      for (const [values, bytes] of [
        [sids, 16],
        [macs, 32],
      ] as const) {
        t.ok(values.every(({ length }) => length === bytes))
        t.equal(new Set(values.map((value) => value.toString('hex'))).size, 200)
        const counts = Array.from(
          { length: bytes * 8 },
          (_, bit) => values.filter((value) => ((value[bit >> 3] as number) >> (bit & 7)) & 1).length,
        )
        // Seven standard deviations from the middle.
        t.ok(
          counts.every((count) => count > 50 && count < 150),
          'no bit is fixed',
        )
      }
    },
  },
  {
    at: 'V7.2.4',
    demand: 'L1',
    says: 'Signing in makes a new session and ends the one that the browser had',
    passes:
      'signing in again makes everything before it worthless, and never takes over a session that was planted',
    async test(t, service) {
      const person = await service.person()
      const before = person.jar.copy()
      await service.signIn(person, person.jar)
      t.ok(await isWorthless(service, before))
      const attacker = await service.person()
      const victim = attacker.jar.copy()
      await service.signIn(person, victim)
      t.match((await service.send('GET', '/me', { jar: victim })).json(), { user: { id: person.id } })
      t.ok(await isWorthless(service, attacker.jar), 'who planted the session has no part in the new one')
      const invented = new Jar().set(REFRESH, `tacit_rt_${'A'.repeat(72)}`).set(ACCESS, 'a.b.c')
      await service.signIn(person, invented)
      t.notOk(String(invented.get(REFRESH)).includes('A'.repeat(72)))
    },
  },
  {
    at: 'V7.2.4 (new password)',
    demand: 'L1',
    says: 'Authenticating again makes a new session token and ends the one before',
    passes: 'giving the password for a new one begins a session with an id and tokens of its own',
    async test(t, service) {
      const { jar } = await service.person()
      const before = jar.copy()
      const idOf = async () => {
        const { sessions } = (await service.send('GET', '/me/sessions', { jar })).json()
        return (sessions as { id: string }[])[0]?.id
      }
      const id = await idOf()
      const json = { currentPassword: PASSWORD, newPassword: 'four quite different words' }
      t.equal((await service.send('POST', '/me/password', { jar, json })).status, 204)
      t.not(await idOf(), id)
      t.equal((await service.send('POST', '/auth/refresh', { jar: before })).status, 401)
    },
  },
  ...timeout,
  ...termination,
  ...abuse,
  {
    at: 'V7.6.1',
    demand: 'L2',
    says: 'Lifetimes of sessions here and at other parties behave as documented',
    notApplicable: NO_FEDERATION,
  },
  {
    at: 'V7.6.2',
    demand: 'L2',
    says: 'A session begins only by something that a person did',
    passes: 'no route that is merely read sets a cookie for somebody who is not signed in',
    async test(t, service) {
      const { paths } = (await service.page('/docs/openapi.json')).json<{ paths: object }>()
      for (const path of [...Object.keys(paths), '/', '/docs/']) {
        for (const method of ['GET', 'HEAD', 'OPTIONS']) {
          const { setCookies } = await service.send(method, path.replace(/\{\w+\}/, 'x'))
          t.same(setCookies, [], `${method} ${path}`)
        }
      }
    },
  },
]
