import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { buildApp, PASSWORD, signIn, signUp } from '../support/app.ts'
import { LOGOUT, ME, proveReceipt, refreshAndLose, SETTLE } from '../support/rotation.ts'
import { forget } from '../support/rows.ts'
import { hearStatements } from '../support/statements.ts'
import { bearer, claimsOf, HEADER, hmac, jwt } from '../support/tokens.ts'

/**
 * All that a request asks, in the order of its asking. `pragma` looks whether another process wrote; a session and its
 * account are found by a `select` each. A change that is not between `begin` and `commit` is a transaction by itself: each
 * of them, and each `commit`, is a wait for the disk.
 */
const ASKED = {
  'a route for everybody': '',
  'no token at all': '',
  'the first use of a generation': 'pragma begin update commit',
  'an access token that is remembered': 'pragma',
  'sixteen of them at once': 'pragma',
  'an access token that is seen for the first time': 'pragma select select',
  'the same once more': 'pragma',
  'a forged access token': 'pragma begin insert commit',
  'the same once more within a minute': 'pragma',
  'an expired access token': 'pragma begin insert commit',
  'the first request after the settle time': 'pragma begin update commit',
  'the request after that': 'pragma',
  'something else for a refresh token': 'begin insert commit',
  'a refresh token that was altered': 'pragma select select',
  'a refresh with the token that was handed out last': 'pragma begin update select commit select',
  'a refresh of a session that changed': 'pragma select select begin update select commit select',
  'a refresh whose answer was lost before': 'pragma select select begin update select commit select',
  'a sign-in':
    'select select begin insert commit begin savepoint select insert update delete insert release commit select',
  'a sign-in with a wrong password': 'select select begin insert commit begin insert commit',
  'signing out': 'select select begin update insert commit begin insert commit',
} as const

t.test('limits the database queries of an authenticated request', async (t) => {
  const { during } = hearStatements(t)
  const service = await buildApp(t)
  const { request, clock } = service
  const ada = await signUp(service)
  const claims = claimsOf(ada.get('access') as string)
  const byBearer = (token: string) => request({ ...ME, headers: bearer(token) })
  const byRefresh = (token: string) => request({ ...ME, headers: { cookie: `refresh=${token}` } })
  const isFirst = jwt(HEADER, { ...claims, jti: 'made in another process' })
  const signInWith = (password: string) =>
    request({ method: 'POST', url: '/auth/login', payload: { email: 'ada@example.com', password } })

  type Answers = Awaited<ReturnType<typeof request>> | Awaited<ReturnType<typeof request>>[]
  const asks = async (title: keyof typeof ASKED, status: number, send: () => Promise<Answers>) => {
    const statements = await during(async () => {
      for (const { statusCode } of [await send()].flat()) t.equal(statusCode, status, `${title}: ${status}`)
      // What no request waits for.
      for (let turn = 0; turn < 3; turn += 1) await nextTurn()
    })
    t.equal(statements.map(verb).join(' '), ASKED[title], `${title} asks: ${ASKED[title] || 'nothing'}`)
  }

  await asks('a route for everybody', 200, () => request({ method: 'GET', url: '/health/live' }))
  await asks('no token at all', 401, () => request(ME))

  await asks('the first use of a generation', 200, () => request(ME, ada))
  await asks('an access token that is remembered', 200, () => request(ME, ada))
  const sixteen = Array.from({ length: 16 })
  await asks('sixteen of them at once', 200, () => Promise.all(sixteen.map(() => request(ME, ada))))
  await asks('an access token that is seen for the first time', 200, () => byBearer(isFirst))
  await asks('the same once more', 200, () => byBearer(isFirst))
  await asks('a forged access token', 401, () => byBearer(jwt(HEADER, claims, hmac('another key'))))
  await asks('the same once more within a minute', 401, () =>
    byBearer(jwt(HEADER, claims, hmac('another key'))),
  )
  await asks('an expired access token', 401, () => byBearer(jwt(HEADER, { ...claims, exp: 1 })))

  clock.advance(SETTLE)
  await asks('the first request after the settle time', 200, () => request(ME, ada))
  await asks('the request after that', 200, () => request(ME, ada))

  const genuine = ada.get('refresh') as string
  await asks('something else for a refresh token', 401, () => byRefresh('something else'))
  await asks('a refresh token that was altered', 401, () => byRefresh(altered(genuine)))
  await asks('a refresh with the token that was handed out last', 200, () =>
    request(ME, ada.delete('access')),
  )
  await forget(service, ada)
  clock.advance(SETTLE)
  await asks('a refresh of a session that changed', 200, () => request(ME, ada.delete('access')))
  await proveReceipt(service, ada)
  await refreshAndLose(service, ada)
  await asks('a refresh whose answer was lost before', 200, () => request(ME, ada.delete('access')))

  await asks('a sign-in', 200, () => signInWith(PASSWORD))
  await asks('a sign-in with a wrong password', 401, () => signInWith('another horse'))
  const browser = await signIn(service)
  await asks('signing out', 204, () => request(LOGOUT, browser))
})

const verb = (statement: string): string => (statement.match(/^\w+/)?.[0] ?? '').toLowerCase()

/** A refresh token whose last character, and so its MAC, is another. */
const altered = (token: string): string => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`
