import t, { type Test } from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signIn, signUp, type TestApp } from '../../support/app.ts'
import { holdNext, SLOW, slowRoute } from '../../support/gates.ts'
import type { Jar } from '../../support/jar.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  jarOf,
  keepsCookies,
  LOGOUT,
  ME,
  refreshAndLose,
} from '../../support/rotation.ts'
import { forget, rowOf } from '../../support/rows.ts'

/** No cookie of the jar opens the session, neither both together nor one alone. */
async function staysOut(t: Test, service: TestApp, jar: Jar): Promise<void> {
  for (const kept of [['access', 'refresh'], ['access'], ['refresh']]) {
    const part = jar.copy()
    for (const name of ['access', 'refresh']) if (!kept.includes(name)) part.delete(name)
    const response = await service.request(ME, part)
    t.match(response.json(), { statusCode: 401, code: 'SESSION_ENDED' }, `with ${kept.join(' and ')}`)
    clearsCookies(t, response)
  }
}

/** The process that signed a browser in has cached its session. */
const remember = async (): Promise<void> => {}

t.test('13: logout or revoke while a refresh is in flight: stays ended; no cookie comes back', async (t) => {
  const moments = {
    'before it reads the row': ['findSession', 'before', 401, forget],
    'between reading and writing': ['rotateSession', 'before', 401, forget],
    'between remembering and writing': ['rotateSession', 'before', 401, remember],
    'between writing and answering': ['rotateSession', 'after', 200, remember],
  } as const
  const endings = {
    logout: async (service: TestApp, jar: Jar) => {
      const response = await service.request(LOGOUT, jar.copy())
      t.equal(response.statusCode, 204)
    },
    revoke: async (service: TestApp, jar: Jar) => {
      const row = await rowOf(service, jar)
      await internalsOf(service.app).sessions.end(row, 'ended-by-administrator')
    },
  }

  for (const [title, [method, when, statusCode, prepare]] of Object.entries(moments)) {
    for (const [name, end] of Object.entries(endings)) {
      t.test(`${name} ${title}`, async (t) => {
        const service = await buildApp(t)
        const jar = await signUp(service)
        const signedIn = jar.copy()
        service.clock.advance(ACCESS_TTL)
        await prepare(service, jar)

        const held = holdNext(internalsOf(service.app).store, method, when)
        const refreshing = service.request(ME, jar)
        await held.reached
        await end(service, signedIn)
        const row = await rowOf(service, signedIn)
        held.open()
        const response = await refreshing

        t.equal(response.statusCode, statusCode)
        t.equal(jarOf(response).cookies.size, 0, 'no cookie comes back')
        t.strictSame(await rowOf(service, signedIn), row, 'the refresh changes nothing any more')
        t.equal(row.revokedAt, service.clock.now())
        t.match(await service.request(ME, signedIn), { statusCode: 401 })
      })
    }
  }
})

t.test('14: logout, then R(g) or R(g-1) at once: 401: no grace after logout', async (t) => {
  t.test('logout with the newest cookies', async (t) => {
    const service = await buildApp(t)
    const previous = await signUp(service)
    const newest = await refreshAndLose(service, previous)
    clearsCookies(t, await service.request(LOGOUT, newest.copy()))
    t.match(await rowOf(service, newest), { revokedAt: service.clock.now(), revokedReason: 'logout' })

    await staysOut(t, service, newest)
    await staysOut(t, service, previous)
  })

  t.test('logout by a browser that never received the newest cookies', async (t) => {
    const service = await buildApp(t)
    const previous = await signUp(service)
    const newest = await refreshAndLose(service, previous)
    clearsCookies(t, await service.request(LOGOUT, previous.copy()))

    await staysOut(t, service, previous)
    await staysOut(t, service, newest)
  })
})

t.test(
  '15: slow handler answers after a newer generation, after logout, after sign-in as another user: no Set-Cookie',
  async (t) => {
    /**
     * A request that refreshes the session. Its handler waits while `meanwhile` happens in the same
     * browser.
     */
    async function answerAfter(
      t: Test,
      meanwhile: (service: TestApp, jar: Jar) => Promise<unknown>,
      statusCode = 200,
    ) {
      const slow = slowRoute()
      const service = await buildApp(t, { routes: slow.routes })
      const jar = await signUp(service)
      service.clock.advance(ACCESS_TTL)
      const answering = service.request(SLOW, jar.copy())
      await slow.reached
      t.equal((await rowOf(service, jar)).generation, 2)
      await meanwhile(service, jar)
      slow.open()
      const response = await answering
      t.equal(response.statusCode, statusCode)
      jar.take(response.headers['set-cookie'])
      return { service, response, jar }
    }

    t.test('a newer generation overtakes the answer', async (t) => {
      const { service, response, jar } = await answerAfter(t, async (service, jar) => {
        await service.request(ME, jar)
        service.clock.advance(ACCESS_TTL)
        await service.request(ME, jar)
      })
      keepsCookies(t, response)
      t.equal((await service.request(ME, jar)).statusCode, 200)
      t.equal((await rowOf(service, jar)).generation, 3)
    })

    t.test('a logout overtakes the answer', async (t) => {
      const { service, response, jar } = await answerAfter(t, (service, jar) => service.request(LOGOUT, jar))
      keepsCookies(t, response)
      t.same([...jar.cookies.keys()], ['device'])
      t.match((await service.request(ME, jar)).json(), { code: 'TOKEN_MISSING' })
    })

    t.test('a sign-in as another user overtakes the answer', async (t) => {
      const { service, response, jar } = await answerAfter(t, async (service, jar) => {
        await signUp(service, 'bob@example.com')
        await signIn(service, 'bob@example.com', { jar })
      })
      keepsCookies(t, response)
      t.match((await service.request(ME, jar)).json(), { user: { email: 'bob@example.com' } })
    })

    t.test('the idle limit passes before the answer, which becomes a refusal', async (t) => {
      const passes = async ({ clock }: TestApp) => clock.advance(24 * 60 * 60)
      const { response } = await answerAfter(t, passes, 401)
      keepsCookies(t, response)
    })

    t.test('sends cookies that are still the newest after the same generation was reissued', async (t) => {
      const { service, response, jar } = await answerAfter(t, (service, jar) => service.request(ME, jar))
      t.equal(jarOf(response).get('refresh'), jar.get('refresh'))
      t.equal((await service.request(ME, jar)).statusCode, 200)
    })

    t.test('the lifetime of cookies starts when they leave, if nothing happened meanwhile', async (t) => {
      const { service, jar } = await answerAfter(t, async ({ clock }) => clock.advance(ACCESS_TTL))
      const next = await service.request(ME, jar)
      t.equal(next.statusCode, 200)
      keepsCookies(t, next)
      t.equal((await rowOf(service, jar)).generation, 2)
    })
  },
)
