import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { administrator, change, person } from '../../support/administration.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { holdNext, untilRequestsRest } from '../../support/gates.ts'
import {
  ACCESS_TTL,
  GRACE,
  HOUR,
  jarOf,
  ME,
  proveReceipt,
  refreshAndLose,
  refreshTokenOf,
} from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'
import { listen, send } from '../../support/socket.ts'
import { claimsOf } from '../../support/tokens.ts'

t.test('1: 128 refreshes in a row: 128 rotations, always signed in', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const seen = new Set([jar.get('refresh')])

  for (let rotation = 1; rotation <= 128; rotation += 1) {
    service.clock.advance(ACCESS_TTL)
    const response = await service.request(ME, jar)
    seen.add(refreshTokenOf(response))
    const { generation } = await rowOf(service, jar)
    if (response.statusCode !== 200 || generation !== rotation + 1)
      t.fail(`rotation ${rotation}`, { generation })
  }

  t.equal((await rowOf(service, jar)).generation, 129)
  t.equal(seen.size, 129, 'every token is another')
})

t.test(
  '2: 50 parallel requests, one expired access token, one process: 50 × 200, 1 rotation, 1 refresh value',
  async (t) => {
    const service = await buildApp(t)
    const port = await listen(service)
    const jar = await signUp(service)
    service.clock.advance(ACCESS_TTL)

    const answers = await Promise.all(Array.from({ length: 50 }, () => send(port, ME, jar)))

    t.strictSame(
      answers.map(({ statusCode }) => statusCode),
      Array(50).fill(200),
    )
    t.equal((await rowOf(service, jar)).generation, 2)
    t.equal(new Set(answers.map(refreshTokenOf)).size, 1, 'one refresh token')
    const claims = answers.map((answer) => claimsOf(jarOf(answer).get('access') as string))
    t.strictSame(
      new Set(claims.map(({ sid, gen }) => `${sid} ${gen}`)),
      new Set([`${claims[0]?.sid} 2`]),
      'access tokens of one session and generation',
    )
    t.ok(refreshTokenOf(answers[0] as (typeof answers)[0]))
    t.equal(
      (await send(port, ME, jarOf(...answers))).headers['set-cookie'],
      undefined,
      'and then there is peace',
    )
  },
)

t.test('4: two tabs, the second within the window: both 200, same generation', async (t) => {
  t.test('before the first tab has used its new cookies', async (t) => {
    const service = await buildApp(t)
    const first = await signUp(service)
    const second = first.copy()
    service.clock.advance(ACCESS_TTL)

    t.equal((await service.request(ME, first)).statusCode, 200)
    service.clock.advance(GRACE - 1)
    t.equal((await service.request(ME, second)).statusCode, 200)

    t.equal((await rowOf(service, first)).generation, 2)
    t.equal(second.get('refresh'), first.get('refresh'))
  })

  t.test('while the first tab is known to hold its new cookies', async (t) => {
    const service = await buildApp(t)
    const first = await signUp(service)
    const second = first.copy()
    service.clock.advance(ACCESS_TTL)

    t.equal((await service.request(ME, first)).statusCode, 200)
    await proveReceipt(service, first)
    service.clock.advance(GRACE - 1)
    t.equal((await service.request(ME, second)).statusCode, 200)

    t.equal((await rowOf(service, first)).generation, 2)
    t.equal(second.get('refresh'), first.get('refresh'))
  })
})

t.test(
  '7: response lost, 10 parallel hours later, one answered and used before the others arrive: all 200',
  async (t) => {
    const uses = {
      'used at once': { seconds: 0, confirmed: false },
      'used when it counts as kept': { seconds: 60, confirmed: true },
    }
    for (const [title, { seconds, confirmed }] of Object.entries(uses)) {
      t.test(title, async (t) => {
        const service = await buildApp(t)
        const jar = await signUp(service)
        service.clock.advance(ACCESS_TTL)
        const received = await refreshAndLose(service, jar)
        service.clock.advance(7 * HOUR)

        const first = jar.copy()
        t.equal((await service.request(ME, first)).statusCode, 200)
        service.clock.advance(seconds)
        t.equal((await service.request(ME, first)).statusCode, 200)
        t.equal((await rowOf(service, jar)).confirmedAt, confirmed ? service.clock.now() : null)

        service.clock.advance(GRACE - 1)
        const others = await Promise.all(Array.from({ length: 9 }, () => service.request(ME, jar.copy())))

        t.strictSame(
          others.map(({ statusCode }) => statusCode),
          Array(9).fill(200),
        )
        t.strictSame(new Set(others.map(refreshTokenOf)), new Set([received.get('refresh')]))
        t.equal(first.get('refresh'), received.get('refresh'))
        t.equal((await rowOf(service, jar)).generation, 2)
      })
    }
  },
)

t.test('a request that joins a refresh under way is judged by the latest role', async (t) => {
  const service = await buildApp(t)
  const root = await administrator(service)
  const ada = await person(service, 'ada', 'admin')
  const { jar } = ada
  const users = { url: '/admin/users' }
  t.equal((await service.request(users, jar)).statusCode, 200)
  service.clock.advance(ACCESS_TTL)

  const held = holdNext(internalsOf(service.app).store, 'rotateSession', 'after')
  const early = service.request(users, jar.copy())
  await held.reached
  t.equal((await change(service, root, ada, { role: 'user' })).statusCode, 200)
  const late = service.request(users, jar.copy())
  await untilRequestsRest()
  held.open()

  t.equal((await early).statusCode, 200, 'a request that arrived before the change')
  t.equal((await late).statusCode, 403, 'a request that arrived after it')
})
