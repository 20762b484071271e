import t from 'tap'
import { type Simulated, simulate } from '../../bench/simulation.ts'

const COSTS = { refreshMs: 0.4, readMs: 0.1, writeMs: 0.2, feedReadMs: 0.3, flushMs: 1, networkMs: 0.25 }
const SMALL: Simulated = {
  ...{ seed: 1, nodes: 3, databaseCores: 2, seconds: 2 },
  ...{ refreshesPerSecond: 200, signOutsPerSecond: 10, costs: COSTS },
}

t.test('the simulation depends on its seed alone', async (t) => {
  const outcome = simulate(SMALL)
  t.strictSame(simulate(SMALL), outcome)
  t.notSame(simulate({ ...SMALL, seed: 2 }), outcome)
})

t.test('the simulation does each piece of work once, and none faster than it can be', async (t) => {
  const { refreshes, p50Ms, heardMaxMs, databaseBusy, commitsPerFlush } = simulate(SMALL)
  t.ok(Math.abs(refreshes - 400) < 80, `${refreshes}`)
  t.ok(p50Ms > 6 * COSTS.networkMs + COSTS.flushMs)
  t.ok(heardMaxMs > 3 * COSTS.networkMs && heardMaxMs < 250)
  const reads = 3 * 10 * COSTS.feedReadMs
  const expected = (200 * (2 * COSTS.readMs + COSTS.writeMs) + 10 * COSTS.writeMs + 2 * reads) / 2_000
  t.ok(Math.abs(databaseBusy - expected) < 0.02, `${databaseBusy} of ${expected}`)
  t.ok(commitsPerFlush >= 1)
})

t.test('a database with too little work done a second falls behind in the simulation', async (t) => {
  const slow = simulate({ ...SMALL, databaseCores: 1, refreshesPerSecond: 4_000 })
  t.ok(slow.p99Ms > 10 * simulate(SMALL).p99Ms)
})

t.test('a simulation without requests has nothing to tell', async (t) => {
  const idle = simulate({ ...SMALL, refreshesPerSecond: 0, signOutsPerSecond: 0 })
  t.equal(idle.refreshes, 0)
  t.ok(Number.isNaN(idle.p50Ms))
})
