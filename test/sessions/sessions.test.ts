import t from 'tap'
import { readRefreshToken } from '../../src/protocol/refresh-token.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp } from '../support/app.ts'
import { forget, rowOf } from '../support/rows.ts'

t.test('knows a recognised caller until the change feed tells of a change', async (t) => {
  const service = await buildApp(t)
  const { sessions, store } = internalsOf(service.app)
  const [ada, bob] = [await signUp(service), await signUp(service, 'bob@example.com')]
  const token = ada.get('access') as string
  // The first use of a generation is recorded, which takes the longer way.
  await sessions.authenticate(token, service.clock.now(), 'cookie')
  const recognition = sessions.recognise(token, service.clock.now(), 'cookie')
  t.ok(recognition)
  t.equal(sessions.revalidate(recognition), recognition?.principal)
  const { id } = await rowOf(service, bob)
  await store.endSession(id, 'logout', service.clock.now())
  t.equal(sessions.revalidate(recognition), undefined)
  t.equal(sessions.revalidate(null), undefined)
})

t.test('finds the session of an access token, cached or not, and none for another token', async (t) => {
  const service = await buildApp(t)
  const { sessions } = internalsOf(service.app)
  const jar = await signUp(service)
  const [token, { id }] = [jar.get('access') as string, await rowOf(service, jar)]
  t.equal((await sessions.sessionOfAccessToken(token, service.clock.now()))?.id, id)
  await forget(service, jar)
  t.equal((await sessions.sessionOfAccessToken(token, service.clock.now()))?.id, id)
  t.equal(await sessions.sessionOfAccessToken(`${token}x`, service.clock.now()), null)
})

t.test(
  'gives two hundred sessions ids of 128 bits and refresh tokens of 256, without a fixed bit',
  async (t) => {
    const service = await buildApp(t)
    await signUp(service)
    const { accounts, sessions } = internalsOf(service.app)
    const user = await accounts.findByEmail('ada@example.com')
    if (user === undefined) throw new Error('ada has no account')
    const client = { ip: '127.0.0.1', userAgent: '' }
    const [sids, macs]: [Buffer[], Buffer[]] = [[], []]
    for (let count = 0; count < 200; count += 1) {
      const grant = await sessions.start(user, { remember: true, isByCookie: false, client })
      const claim = readRefreshToken(grant.tokens().refreshToken)
      sids.push(Buffer.from(claim?.sid ?? '', 'base64url'))
      macs.push(claim?.mac ?? Buffer.alloc(0))
    }
    for (const [values, bytes] of [
      [sids, 16],
      [macs, 32],
    ] as const) {
      t.ok(values.every(({ length }) => length === bytes))
      t.equal(new Set(values.map((value) => value.toString('hex'))).size, 200)
      const isSet = (bit: number) => (value: Buffer) => ((value[bit >> 3] as number) >> (bit & 7)) & 1
      const counts = Array.from({ length: bytes * 8 }, (_, bit) => values.filter(isSet(bit)).length)
      // Seven standard deviations from the middle.
      t.ok(counts.every((count) => count > 50 && count < 150))
    }
  },
)
