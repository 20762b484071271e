/** `npm run simulate`: prints the table of docs/scale.md. */
import { type Costs, type Simulated, simulate } from './simulation.ts'

/** docs/scale.md says where each comes from. */
const COSTS: Costs = {
  refreshMs: 0.25,
  readMs: 0.09,
  writeMs: 0.17,
  feedReadMs: 0.4,
  flushMs: 1,
  networkMs: 0.25,
}

const SETTINGS = { seed: 1, seconds: 10, costs: COSTS }

const scenarios: readonly (Simulated & { readonly name: string })[] = [
  { name: '1 million accounts', nodes: 2, databaseCores: 4, refreshesPerSecond: 56, signOutsPerSecond: 1 },
  { name: '10 million', nodes: 10, databaseCores: 8, refreshesPerSecond: 556, signOutsPerSecond: 5 },
  { name: '100 million', nodes: 100, databaseCores: 16, refreshesPerSecond: 5_556, signOutsPerSecond: 50 },
  {
    ...{ name: '100 million, a storm of sign-outs', nodes: 100, databaseCores: 16 },
    ...{ refreshesPerSecond: 5_556, signOutsPerSecond: 1_000 },
  },
  {
    ...{ name: '100 million, every session twice as busy', nodes: 100, databaseCores: 16 },
    ...{ refreshesPerSecond: 11_112, signOutsPerSecond: 100 },
  },
  {
    ...{ name: '100 million, 32 cores, a storm of sign-outs', nodes: 100, databaseCores: 32 },
    ...{ refreshesPerSecond: 5_556, signOutsPerSecond: 1_000 },
  },
].map((scenario) => ({ ...SETTINGS, ...scenario }))

const ms = (value: number): string => value.toFixed(1)
const percent = (value: number): string => `${Math.round(value * 100)} %`

console.log(`| | nodes | database cores | refreshes/s | sign-outs/s | refresh p50, ms | p99 | heard p50, ms | p99 | longest | database busy | node busy | feed readings/s | commits a flush |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|`)
for (const scenario of scenarios) {
  const { name, nodes, databaseCores, refreshesPerSecond, signOutsPerSecond } = scenario
  const outcome = simulate(scenario)
  const cells = [
    ...[name, nodes, databaseCores, refreshesPerSecond, signOutsPerSecond],
    ...[ms(outcome.p50Ms), ms(outcome.p99Ms)],
    ...[ms(outcome.heardP50Ms), ms(outcome.heardP99Ms), ms(outcome.heardMaxMs)],
    ...[percent(outcome.databaseBusy), percent(outcome.nodeBusy)],
    ...[Math.round(outcome.feedReadsPerSecond), outcome.commitsPerFlush.toFixed(1)],
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
