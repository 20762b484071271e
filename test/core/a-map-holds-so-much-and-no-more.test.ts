import t from 'tap'
import { createBoundedMap } from '../../src/bounded-map.ts'
import { createRequestCounts } from '../../src/http/request-counts.ts'

/** A map of three, and whatever had to go. */
function three() {
  const gone: string[] = []
  const map = createBoundedMap<number>(3, (key, value) => gone.push(`${key}=${value}`))
  return { map, gone }
}

t.test('what was added first goes first, and is told', async (t) => {
  const { map, gone } = three()
  for (const [value, key] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    map.set(key, value)
    t.ok(map.size <= 3)
  }
  t.strictSame(gone, ['a=0', 'b=1'])
  t.strictSame(['a', 'b', 'c', 'd', 'e'].map(map.get), [undefined, undefined, 2, 3, 4])
})

t.test('what is replaced keeps its place', async (t) => {
  const { map, gone } = three()
  for (const key of ['a', 'b', 'c', 'a']) map.set(key, 1)
  t.strictSame(gone, [])
  map.set('a', 2)
  map.set('d', 1)
  t.strictSame(gone, ['a=2'])
})

t.test('what was deleted needs no room, and is not told', async (t) => {
  const { map, gone } = three()
  for (const key of ['a', 'b', 'c']) map.set(key, 1)
  map.delete('a')
  map.delete('nothing')
  t.notOk(map.has('a'))
  t.equal(map.size, 2)
  map.set('d', 1)
  t.strictSame(gone, [])
  t.equal(map.size, 3)
})

t.test('whatever comes and goes, there are never more than there is room for', async (t) => {
  const { map, gone } = three()
  for (const key of ['a', 'b']) map.set(key, 1)
  map.delete('a')
  // Back, and so the newest.
  map.set('a', 2)
  for (const key of ['c', 'd', 'e', 'f']) {
    map.set(key, 1)
    t.ok(map.size <= 3, key)
  }
  t.strictSame(gone, ['b=1', 'a=2', 'c=1'])
})

t.test('once emptied it begins anew', async (t) => {
  const { map, gone } = three()
  for (const key of ['a', 'b']) map.set(key, 1)
  map.clear()
  t.equal(map.size, 0)
  for (const key of ['c', 'd', 'e']) map.set(key, 1)
  t.strictSame(gone, [])
  t.strictSame(['a', 'c', 'd', 'e'].map(map.get), [undefined, 1, 1, 1])
})

t.test('after a hundred times its room, it holds the newest', async (t) => {
  const map = createBoundedMap<number>(1_000)
  for (let value = 0; value < 100_000; value += 1) map.set(`key ${value}`, value)
  t.equal(map.size, 1_000)
  t.equal(map.get('key 99000'), 99_000)
  t.equal(map.get('key 98999'), undefined)
})

t.test('counts a key within its own window, and takes back only what that window counted', async (t) => {
  const counts = createRequestCounts(2, 1_000)
  t.match(counts.add('a', 0), { requests: 1, endsAt: 1_000 })
  t.match(counts.add('a', 999), { requests: 2 })
  counts.takeBack('a', 1_000)
  t.match(counts.find('a', 999), { requests: 1 })
  t.equal(counts.find('a', 1_000), undefined)
  t.match(counts.add('a', 1_000), { requests: 1, endsAt: 2_000 })
  counts.takeBack('a', 1_000)
  t.match(counts.find('a', 1_000), { requests: 1 }, 'the window before is over')
})

t.test('forgets the count of the key that was added first when others need its place', async (t) => {
  const counts = createRequestCounts(2, 1_000)
  const { endsAt } = counts.add('a', 0)
  for (const key of ['b', 'c']) counts.add(key, 0)
  t.equal(counts.find('a', 0), undefined)
  counts.takeBack('a', endsAt)
  t.match(counts.add('a', 0), { requests: 1 })
})
