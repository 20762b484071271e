import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { KeyPairRow } from '../../src/store/keys.ts'
import { someEvent } from '../support/rows-by-hand.ts'
import { countOf, type Implementation, twoStores } from './database.ts'

const pair = (kid: string, createdAt = 0): KeyPairRow => ({
  kid,
  algorithm: 'EdDSA',
  sealed: randomBytes(76),
  createdAt,
  signsFrom: null,
  expiresAt: null,
})

/** What the contract of key pairs promises. */
export function keysConform(t: Test, implementation: Implementation): void {
  t.test('key pairs: come back whole, the oldest first, with the times of the rotations', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    t.strictSame(await store.listKeyPairs(), [])
    const [a, b, c] = [pair('a', 1), pair('b', 1), pair('c', 2)]
    const first = { from: null, successor: 'a', signsFrom: 1, added: [a, b], othersExpireAt: 90, at: 1 }
    t.equal(await store.rotateKeyPairs(first), true)
    t.strictSame(await other.listKeyPairs(), [{ ...a, signsFrom: 1 }, b])

    const event = someEvent({ type: 'key-rotated', reason: 'a to b' })
    const second = { from: 'a', successor: 'b', signsFrom: 50, added: [c], othersExpireAt: 90, at: 40, event }
    t.equal(await other.rotateKeyPairs(second), true)
    t.strictSame(await store.listKeyPairs(), [
      { ...a, signsFrom: 1, expiresAt: 90 },
      { ...b, signsFrom: 50 },
      c,
    ])
    t.match(await store.listEvents(10), [{ type: 'key-rotated', reason: 'a to b' }])

    const sealed = randomBytes(76)
    await store.resealKeyPair('c', sealed)
    await store.resealKeyPair('unknown', sealed)
    t.strictSame((await other.listKeyPairs()).at(-1), { ...c, sealed })
  })

  t.test('key pairs: a rotation deletes ended keys, ends no key later, and lets no other sign', async (t) => {
    const { store } = await twoStores(t, implementation)
    const rotate = (
      from: string | null,
      kid: string,
      signsFrom: number,
      othersExpireAt: number,
      at: number,
    ) => store.rotateKeyPairs({ from, successor: kid, signsFrom, othersExpireAt, at, added: [pair(kid, at)] })
    await rotate(null, 'a', 0, 0, 0)
    await rotate('a', 'b', 100, 200, 10)
    t.equal(await rotate('b', 'c', 20, 300, 20), true)
    t.strictSame(
      (await store.listKeyPairs()).map(({ kid, signsFrom, expiresAt }) => [kid, signsFrom, expiresAt]),
      [
        ['a', 0, 200],
        ['b', null, 300],
        ['c', 20, null],
      ],
    )
    await rotate('c', 'd', 200, 200, 200)
    t.strictSame(
      (await store.listKeyPairs()).map(({ kid }) => kid),
      ['d'],
    )
  })

  t.test('key pairs: of two rotations from the same key, one is made', async (t) => {
    const { store, other } = await twoStores(t, implementation)
    const rotate = (which: typeof store, from: string | null, kid: string, at: number) =>
      which.rotateKeyPairs({
        from,
        successor: kid,
        signsFrom: at,
        othersExpireAt: 90,
        at,
        added: [pair(kid, at)],
      })
    const first = await Promise.all([rotate(store, null, 'a', 1), rotate(other, null, 'b', 1)])
    t.equal(countOf(first, true), 1)
    const [winner] = await store.listKeyPairs()
    const from = winner?.kid as string
    const second = await Promise.all([rotate(other, from, 'c', 2), rotate(store, from, 'd', 2)])
    t.equal(countOf(second, true), 1)
    t.equal((await store.listKeyPairs()).length, 2)
    t.equal(await rotate(store, null, 'e', 3), false)
    t.equal(await rotate(store, from, 'e', 3), false)
    t.equal((await store.listKeyPairs()).length, 2, 'and nothing has changed')
  })
}
