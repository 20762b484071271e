import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createEvents } from '../../src/audit/events.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { createKeyPairs, type KeyPairs, type KeyPairsOptions } from '../../src/keys/key-pairs.ts'
import { KEY_SET_MAX_AGE_SECONDS, READ_EVERY_MS } from '../../src/keys/key-schedule.ts'
import type { Store } from '../../src/store/store.ts'
import { movableClock } from '../support/clock.ts'

const DAY = 86_400
const TOKEN_SECONDS = 900
const SECRET = randomBytes(32)

/** A database, and processes that share it and one clock. */
function fleet(t: Pick<Test, 'teardown'>) {
  const store: Store = createSqliteStore({ url: ':memory:' })
  t.teardown(() => store.close())
  const clock = movableClock()
  const errors: object[] = []
  const log = { info() {}, error: (details: object) => void errors.push(details) }
  return {
    store,
    clock,
    errors,
    rotations: () => store.listEvents(100, { type: 'key-rotated' }),
    async process(options: Partial<KeyPairsOptions> = {}): Promise<KeyPairs> {
      const events = createEvents({ store, clock, log })
      const keyPairs = createKeyPairs({
        ...{ store, clock, events, log, sealingKeys: [SECRET], algorithm: 'EdDSA' },
        ...{ keyRotationSeconds: 30 * DAY, accessTtlSeconds: TOKEN_SECONDS, ...options },
      })
      await keyPairs.open()
      return keyPairs
    },
  }
}

const kids = (keyPairs: KeyPairs) => keyPairs.list().map(({ kid }) => kid)

t.test('makes a key that signs and the next one, once for all processes', async (t) => {
  const { process, rotations } = fleet(t)
  const [one, two] = await Promise.all([process(), process()])
  t.equal(one.list().length, 2)
  t.strictSame(kids(two), kids(one))
  t.equal(two.signer()?.kid, one.signer()?.kid)
  t.strictSame(kids(await process()), kids(one), 'also after a restart')
  t.equal((await rotations()).length, 0, 'the first key replaces none')
})

t.test('makes no key with HS256, and accepts those of before', async (t) => {
  const { process, store } = fleet(t)
  const before = await process({ algorithm: 'HS256' })
  t.strictSame([before.list(), before.signer()], [[], undefined])
  t.strictSame(await store.listKeyPairs(), [])
  const kid = (await process()).signer()?.kid as string
  const after = await process({ algorithm: 'HS256' })
  t.equal(after.signer(), undefined)
  t.ok(after.accepts(kid))
  t.notOk(after.accepts('another'))
})

t.test('replaces the key after KEY_ROTATION, once for all processes', async (t) => {
  const { process, clock, rotations } = fleet(t)
  const [one, two] = [await process(), await process()]
  const [first, second] = kids(one)
  clock.advance(30 * DAY - 1)
  await Promise.all([one.refresh(), two.refresh()])
  t.strictSame(kids(one), [first, second], 'not before')
  clock.advance(1)
  await Promise.all([one.refresh(), two.refresh()])
  await Promise.all([one.refresh(), two.refresh()])
  t.strictSame([kids(one).length, kids(two)], [3, kids(one)])
  t.equal(one.signer()?.kid, first, 'until every process has read the keys')
  clock.advance(60)
  t.equal(one.signer()?.kid, second)
  t.equal(two.signer()?.kid, second)
  t.ok(one.accepts(first as string), 'tokens of the old key are still good')
  clock.advance(TOKEN_SECONDS + 120)
  t.notOk(one.accepts(first as string))
  await one.refresh()
  t.strictSame(kids(one).length, 2)
  const [event, ...others] = await rotations()
  t.match(event, { reason: `${first} to ${second}`, userId: null })
  t.equal(others.length, 0)
})

t.test('replaces keys of another algorithm at a start only', async (t) => {
  const { process, clock } = fleet(t)
  const edwards = await process()
  const curve = await process({ algorithm: 'ES256' })
  t.equal(curve.signer()?.algorithm, 'ES256')
  clock.advance(30)
  await edwards.refresh()
  t.equal(edwards.signer()?.algorithm, 'ES256', 'a process that runs follows')
  t.strictSame(kids(edwards), kids(curve))
  const old = edwards.list().filter(({ algorithm }) => algorithm === 'EdDSA')
  t.equal(old.length, 2)
  t.ok(old.every(({ kid }) => curve.accepts(kid)))
})

t.test('asked by an operator, replaces the key when its successor has been published', async (t) => {
  const { process, clock } = fleet(t)
  const service = await process()
  const [first, second] = kids(service)
  await service.rotate(false)
  const announcement = 3 * (READ_EVERY_MS / 1_000)
  clock.advance(announcement + KEY_SET_MAX_AGE_SECONDS - 1)
  t.equal(service.signer()?.kid, first, 'another service may have a copy without the new key')
  clock.advance(1)
  t.equal(service.signer()?.kid, second)
  await service.rotate(false)
  await service.rotate(false)
  t.equal(new Set(kids(service)).size, 5)
  clock.advance(TOKEN_SECONDS + 4 * KEY_SET_MAX_AGE_SECONDS)
  await service.rotate(false)
  t.equal(new Set(kids(service)).size, 3, 'and deletes keys that have ended')
})

t.test('makes two keys if the next one cannot be read', async (t) => {
  const { process, store } = fleet(t)
  const [first, second] = kids(await process())
  await store.resealKeyPair(second as string, randomBytes(76))
  const service = await process()
  await service.rotate(false)
  t.equal(kids(service).length, 3)
  t.strictSame(kids(service)[0], first)
  t.notOk(kids(service).includes(second as string))
})

t.test('two operators that ask at once get two rotations, one after the other', async (t) => {
  const { process, rotations } = fleet(t)
  const [one, two] = [await process(), await process()]
  await Promise.all([one.rotate(false), two.rotate(false)])
  t.equal((await rotations()).length, 2)
})

t.test('ends every key at once if one is compromised', async (t) => {
  const { process, clock } = fleet(t)
  const [service, other] = [await process(), await process()]
  const withdrawals: boolean[] = []
  await other.follow((_pairs, wasWithdrawn) => void withdrawals.push(wasWithdrawn))
  const before = kids(service)
  await service.rotate(true)
  t.ok(before.every((kid) => !service.accepts(kid)))
  t.notOk(before.includes(service.signer()?.kid as string))
  clock.advance(READ_EVERY_MS / 1_000)
  await other.refresh()
  t.strictSame(withdrawals, [false, true], 'other processes forget what they have verified')
  t.strictSame(kids(other), kids(service))
})

t.test('tells listeners of new keys, and of nothing if none has changed', async (t) => {
  const { process } = fleet(t)
  const service = await process()
  const told: (number | boolean)[] = []
  await service.follow((pairs, wasWithdrawn) => void told.push(pairs.length, wasWithdrawn))
  await service.refresh()
  await service.rotate(false)
  t.strictSame(told, [2, false, 3, false])
})

t.test('seals keys again at the start if SECRET_KEY has a new secret in front', async (t) => {
  const { process, store } = fleet(t)
  const before = kids(await process())
  const newer = randomBytes(32)
  t.strictSame(kids(await process({ sealingKeys: [newer, SECRET] })), before)
  const sealed = await store.listKeyPairs()
  t.strictSame(kids(await process({ sealingKeys: [newer] })), before, 'so the old one can leave')
  t.strictSame(await store.listKeyPairs(), sealed, 'once')
})

t.test('replaces keys that SECRET_KEY does not open at a start only, with an error', async (t) => {
  const { process, errors, store } = fleet(t)
  const before = await process()
  const first = kids(before)
  const after = await process({ sealingKeys: [randomBytes(32)] })
  t.strictSame(errors, [{ kids: first }])
  t.strictSame(
    kids(after).filter((kid) => first.includes(kid)),
    [],
  )
  const rows = await store.listKeyPairs()
  for (let reading = 0; reading < 3; reading += 1) await before.refresh()
  t.strictSame(await store.listKeyPairs(), rows, 'processes with different secrets do not take turns')
})

t.test('publishes no key that was written without the secret, or under the name of another', async (t) => {
  const { process, store } = fleet(t)
  const { clock, ...others } = fleet(t)
  const service = await process()
  const foreign = await others.process({ sealingKeys: [randomBytes(32)] })
  const [row, next] = await store.listKeyPairs()
  const [foreignRow] = await others.store.listKeyPairs()
  await store.rotateKeyPairs({
    ...{ from: row?.kid as string, successor: foreignRow?.kid as string, signsFrom: 0 },
    ...{ othersExpireAt: Number.MAX_SAFE_INTEGER, added: [foreignRow as NonNullable<typeof row>], at: 0 },
  })
  await store.resealKeyPair(next?.kid as string, row?.sealed as Buffer)
  const fresh = await process({ algorithm: 'HS256' })
  t.strictSame(kids(fresh), [row?.kid])
  t.strictSame(
    kids(fresh).filter((kid) => foreign.accepts(kid)),
    [],
  )
  t.equal(service.signer()?.kid, row?.kid)
})

t.test('whatever the order of readings, rotations and pauses: keys are known in time', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('wait'), seconds: fc.nat({ max: 400 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rotate'), process: fc.nat({ max: 1 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait'), seconds: fc.constant(2 * DAY) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const toClose: (() => unknown)[] = []
      const { process, clock } = fleet({ teardown: (close) => void toClose.push(close as () => unknown) })
      const options = { keyRotationSeconds: 2 * DAY }
      const processes = [await process(options), await process(options)] as const
      const first = processes[0].signer()?.kid
      /** When each key was first in the key set, and the last token of each has expired. */
      const published = new Map<string, number>()
      const lastExpiry = new Map<string, number>()
      const examine = () => {
        const now = clock.now()
        const set = new Set(processes[0].keySet().keys.map(({ kid }) => kid))
        for (const kid of set) if (!published.has(kid)) published.set(kid, now)
        for (const [kid, expiry] of lastExpiry) {
          if (expiry > now && !set.has(kid)) throw new Error(`${kid} has gone before its last token`)
        }
        for (const each of processes) {
          const kid = each.signer()?.kid as string
          if (!set.has(kid)) throw new Error(`${kid} signs and is not published`)
          const age = now - (published.get(kid) as number)
          if (kid !== first && age < KEY_SET_MAX_AGE_SECONDS * 1_000)
            throw new Error(`${kid} signs too early`)
          lastExpiry.set(kid, now + TOKEN_SECONDS * 1_000)
        }
      }
      examine()
      for (const each of steps) {
        if (each.kind === 'rotate') await processes[(each as { process: 0 | 1 }).process].rotate(false)
        examine()
        let left = 'seconds' in each ? (each.seconds as number) : 0
        while (left > 0) {
          // Both processes have read the keys before a long time passes at once.
          const pause = left < DAY || left === 2 * DAY ? Math.min(left, READ_EVERY_MS / 1_000) : left - 100
          clock.advance(pause)
          left -= pause
          // And they read them again before they sign.
          const isPaused = pause > READ_EVERY_MS / 1_000
          if (!isPaused) examine()
          await processes[0].refresh()
          if (!isPaused) examine()
          await processes[1].refresh()
          examine()
        }
      }
      for (const close of toClose) await close()
    }),
    { numRuns: 25 },
  )
})
