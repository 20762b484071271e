import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import type { LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { holdNext, untilRequestsRest } from '../../support/gates.ts'
import { Jar } from '../../support/jar.ts'
import { ACCESS_TTL, keepsCookies, LOGOUT, ME, refreshAndLose } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { withForgedMac } from '../../support/tokens.ts'

const isUnavailable = (t: Test, response: LightMyRequestResponse): void => {
  t.match(response.json(), { statusCode: 503, code: 'STORE_UNAVAILABLE' })
  t.match(response.headers['retry-after'], /^[1-9][0-9]*$/)
  keepsCookies(t, response)
}

/**
 * Repeats the request until the service answers: while it waited for the database, it did nothing
 * else.
 */
async function whenReady(t: Test, service: TestApp, jar: Jar): Promise<LightMyRequestResponse> {
  for (;;) {
    const response = await service.request(ME, jar)
    if (response.statusCode !== 503 || response.json().code !== 'SERVER_BUSY') return response
    keepsCookies(t, response)
    await sleep(100)
  }
}

t.test(
  '16: database busy or failing during refresh: 503 with Retry-After, cookies kept, next try works',
  async (t) => {
    async function withOperator(t: Test) {
      const path = temporaryDatabase(t)
      const environment = { DATABASE_URL: `file:${path}` }
      const service = await buildApp(t, { environment })
      const operator = new BetterSqlite(path)
      t.teardown(() => operator.close())
      const jar = await signUp(service)
      service.clock.advance(ACCESS_TTL)
      return { environment, service, operator, jar, row: await rowOf(service, jar) }
    }

    t.test('answers 503 while another process keeps the write lock', async (t) => {
      const { service, operator, jar, row } = await withOperator(t)
      operator.exec('BEGIN IMMEDIATE')
      isUnavailable(t, await whenReady(t, service, jar))
      operator.exec('ROLLBACK')
      t.strictSame(await rowOf(service, jar), row)

      t.equal((await whenReady(t, service, jar)).statusCode, 200)
      t.equal((await rowOf(service, jar)).generation, 2)
    })

    t.test('answers 503 while the table cannot be used', async (t) => {
      const { service, operator, jar, row } = await withOperator(t)
      operator.exec('ALTER TABLE sessions RENAME TO sessions_away')
      isUnavailable(t, await service.request(ME, jar))
      operator.exec('ALTER TABLE sessions_away RENAME TO sessions')
      t.strictSame(await rowOf(service, jar), row)

      t.equal((await service.request(ME, jar)).statusCode, 200)
      t.equal((await rowOf(service, jar)).generation, 2)
    })

    t.test('answers 503 without the database, until another process takes over', async (t) => {
      const { environment, service, jar } = await withOperator(t)
      await internalsOf(service.app).store.close()
      isUnavailable(t, await service.request(ME, jar))
      isUnavailable(t, await service.request(ME, jar.copy().delete('access')))

      const next = await buildApp(t, { environment, clock: service.clock })
      t.equal((await next.request(ME, jar)).statusCode, 200)
      t.equal((await rowOf(next, jar)).generation, 2)
    })

    t.test(
      'leaves cookies out when the database fails just before they leave, and sends them next time',
      async (t) => {
        const path = temporaryDatabase(t)
        const operator = { rename: (_from: string, _to: string): void => {} }
        const service = await buildApp(t, {
          environment: { DATABASE_URL: `file:${path}` },
          routes: (app) => {
            app.get('/and-then-it-fails', async () => {
              operator.rename('sessions', 'sessions_away')
              return {}
            })
          },
        })
        const database = new BetterSqlite(path)
        t.teardown(() => database.close())
        operator.rename = (from, to) => void database.exec(`ALTER TABLE ${from} RENAME TO ${to}`)
        const jar = await signUp(service)
        service.clock.advance(ACCESS_TTL)

        const response = await service.request({ method: 'GET', url: '/and-then-it-fails' }, jar)
        t.equal(response.statusCode, 200)
        keepsCookies(t, response)
        operator.rename('sessions_away', 'sessions')

        t.equal((await service.request(ME, jar)).statusCode, 200)
        t.equal((await rowOf(service, jar)).generation, 2)
      },
    )
  },
)

t.test('too many requests: 429, cookies kept, nothing rotated', async (t) => {
  const service = await buildApp(t, { environment: { RATE_LIMIT_MAX: 2, ROTATION_SETTLE: '10s' } })
  const jar = await signUp(service)
  for (let n = 0; n < 2; n += 1) await service.request(ME, jar)
  const row = await rowOf(service, jar)
  // The generation has settled, and the minute of the limit is not over.
  service.clock.advance(20)

  const response = await service.request(ME, jar.delete('access'))

  t.equal(response.statusCode, 429)
  keepsCookies(t, response)
  t.strictSame(await rowOf(service, jar), row)
})

const PREFIX = 'tacit_rt_'
const TOKEN_BYTES = 54
const SID = { from: 1, to: 17 }
const LAST_GENERATION_BYTE = 21

const bytesOf = (token: string | undefined): Buffer =>
  Buffer.from((token as string).slice(PREFIX.length), 'base64url')
const tokenOf = (bytes: Buffer): string => PREFIX + bytes.toString('base64url')

t.test(
  '20: every bit of the token flipped, truncated, swapped sid, k = g+1 with a wrong MAC: 401, session unharmed',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const other = await signUp(service, 'bob@example.com')
    const previous = bytesOf(jar.get('refresh'))
    const newest = await refreshAndLose(service, jar)
    service.clock.advance(ACCESS_TTL)
    const token = bytesOf(newest.get('refresh'))
    const rows = await Promise.all([rowOf(service, newest), rowOf(service, other)])
    t.equal(token.length, TOKEN_BYTES)

    const present = (refreshToken: string) => service.request(ME, newest.copy().set('refresh', refreshToken))
    const areUnharmed = async (t: Test) =>
      t.strictSame(await Promise.all([rowOf(service, newest), rowOf(service, other)]), rows)

    async function isNoise(t: Test, refreshToken: string, title: string): Promise<void> {
      const response = await present(refreshToken)
      const { statusCode, code } = response.json()
      const isRefused = statusCode === 401 && code === 'TOKEN_INVALID'
      if (!isRefused || response.headers['set-cookie'] !== undefined) t.fail(title, { found: response.body })
    }

    t.test('refuses a refresh token with any bit flipped', async (t) => {
      for (let bit = 0; bit < TOKEN_BYTES * 8; bit += 1) {
        const position = bit >> 3
        const altered = Buffer.from(token)
        altered.writeUInt8(altered.readUInt8(position) ^ (1 << (bit & 7)), position)
        if (position < SID.from || position >= SID.to) await isNoise(t, tokenOf(altered), `bit ${bit}`)
        else
          t.match(
            (await present(tokenOf(altered))).json(),
            { statusCode: 401, code: 'SESSION_ENDED' },
            `bit ${bit}`,
          )
      }
      await areUnharmed(t)
    })

    t.test('refuses a refresh token of any other length', async (t) => {
      const text = tokenOf(token)
      for (let length = 1; length < text.length; length += 1) {
        await isNoise(t, text.slice(0, length), `${length} characters`)
      }
      for (const longer of [`${text}A`, `${text}AAAA`, `${text}=`, `x${text}`, text.repeat(2)]) {
        await isNoise(t, longer, longer)
      }
      await areUnharmed(t)
    })

    t.test('refuses another spelling of a refresh token', async (t) => {
      const text = tokenOf(token)
      for (const spelling of [
        text.toUpperCase(),
        text.toLowerCase(),
        `"${text}"`,
        text.replace('tacit', 'Tacit'),
      ]) {
        await isNoise(t, spelling, spelling)
      }
      await areUnharmed(t)
    })

    t.test('refuses a refresh token with the sid of another session', async (t) => {
      const [mine, theirs] = [token, bytesOf(other.get('refresh'))]
      const swapped = (body: Buffer, sid: Buffer) =>
        tokenOf(
          Buffer.concat([body.subarray(0, SID.from), sid.subarray(SID.from, SID.to), body.subarray(SID.to)]),
        )
      await isNoise(t, swapped(mine, theirs), 'theirs in mine')
      await isNoise(t, swapped(theirs, mine), 'mine in theirs')
      await areUnharmed(t)
    })

    t.test('refuses a refresh token of another generation with a wrong MAC', async (t) => {
      for (const [title, genuine] of Object.entries({ current: token, previous })) {
        for (const generation of [0, 1, 2, 3, 255]) {
          if (generation === genuine.readUInt8(LAST_GENERATION_BYTE)) continue
          const forged = Buffer.from(genuine)
          forged.writeUInt8(generation, LAST_GENERATION_BYTE)
          await isNoise(t, tokenOf(forged), `generation ${generation} on the ${title}`)
        }
      }
      await areUnharmed(t)
    })

    t.test('refuses texts that are no refresh token', async (t) => {
      for (const nothing of ['', ' ', '0', 'null', 'undefined', PREFIX, `${PREFIX}${'A'.repeat(72)}`]) {
        const response = await present(nothing)
        t.equal(response.statusCode, 401)
        keepsCookies(t, response)
      }
      await areUnharmed(t)
    })

    t.test('accepts the genuine refresh token afterwards', async (t) => {
      t.equal((await service.request(ME, newest)).statusCode, 200)
      t.equal((await rowOf(service, newest)).generation, 3)
    })
  },
)

t.test('a token with a forged MAC does not join the refresh of the genuine token', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const held = holdNext(internalsOf(service.app).store, 'rotateSession', 'after')
  const genuine = service.request(ME, jar.copy())
  await held.reached

  const forged = service.request(ME, jar.copy().set('refresh', withForgedMac(jar.get('refresh'))))
  await untilRequestsRest()
  held.open()

  const refused = await forged
  t.match(refused.json(), { statusCode: 401, code: 'TOKEN_INVALID' })
  keepsCookies(t, refused)
  t.equal((await genuine).statusCode, 200)
  t.match(await rowOf(service, jar), { generation: 2, revokedAt: null })
})

t.test('the genuine token does not join the refresh of a token with a forged MAC', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const held = holdNext(internalsOf(service.app).store, 'findSession', 'before')
  const forged = service.request(ME, jar.copy().set('refresh', withForgedMac(jar.get('refresh'))))
  await held.reached

  const genuine = service.request(ME, jar)
  await untilRequestsRest()
  held.open()

  t.match((await forged).json(), { statusCode: 401, code: 'TOKEN_INVALID' })
  t.equal((await genuine).statusCode, 200)
  t.match(await rowOf(service, jar), { generation: 2, revokedAt: null })
})

t.test('a refresh cookie with a forged MAC ends no session', async (t) => {
  const password = 'a password of an attacker'
  const attacker = { email: 'mallory@example.com', password }
  const cases = {
    'at sign-out': LOGOUT,
    'at sign-in': { method: 'POST', url: '/auth/login', payload: attacker },
    'at registration': {
      method: 'POST',
      url: '/auth/register',
      payload: { ...attacker, email: 'm@m.example' },
    },
  } as const
  for (const [title, request] of Object.entries(cases)) {
    t.test(title, async (t) => {
      const service = await buildApp(t)
      await signUp(service, attacker.email, password)
      const owner = await signUp(service)
      const before = await rowOf(service, owner)
      const forged = new Jar().set('refresh', withForgedMac(owner.get('refresh')))

      const answer = await service.request(request, forged)

      t.ok(answer.statusCode < 300, `answered ${answer.statusCode}`)
      t.strictSame(await rowOf(service, owner), before, 'the row is as it was')
      t.equal((await service.request(ME, owner)).statusCode, 200)
    })
  }
})

t.test('each session has a seed of its own', async (t) => {
  const service = await buildApp(t)
  const [one, other] = [await signUp(service), await signUp(service, 'bob@example.com')]
  const [first, second] = [await rowOf(service, one), await rowOf(service, other)]
  t.equal(first.seed.length, 32)
  t.notSame(first.seed, second.seed)
})
