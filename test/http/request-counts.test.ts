import t from 'tap'
import { createRequestCounts } from '../../src/http/request-counts.ts'

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

t.test('forgets the count of the key that was used least recently when others need its place', async (t) => {
  const counts = createRequestCounts(2, 1_000)
  const { endsAt } = counts.add('a', 0)
  for (const key of ['b', 'c']) counts.add(key, 0)
  t.equal(counts.find('a', 0), undefined)
  counts.takeBack('a', endsAt)
  t.match(counts.add('a', 0), { requests: 1 })
})
