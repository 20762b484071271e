/**
 * Many sessions in the database: what a row takes, what a refresh takes longer for them, and whether the service can
 * answer while it deletes those that have run out.
 */
import { join } from 'node:path'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { bytesOfSessions } from './bytes.ts'
import { type Client, createClient } from './http.ts'
import { soManyASecond } from './pace.ts'
import type { Server } from './process.ts'
import { prune } from './pruning.ts'
import { refresher } from './refreshing.ts'
import { interleave, median, percentile, ratio } from './rounds.ts'
import { type Filled, fill, type Seed } from './seed.ts'
import { EVERY_REFRESH_ROTATES, startTacit, withFolder, withServers } from './servers.ts'

export const FEW = 10_000
export const PER_SECOND = 300
export const seedOf = (sessions: number): Seed => ({
  users: Math.ceil(sessions / 4),
  sessions,
  expired: Math.floor(sessions / 10),
})

export const sessions: Benchmark = {
  name: 'sessions',
  about: 'bytes of a row, the p99 of a refresh, and pruning, with as many sessions as --sessions says',
  long: true,
  run: (options) =>
    withFolder(async (folder) => {
      const [few, many] = [FEW, options.sessions].map((count, index) => ({
        seed: seedOf(count),
        url: `file:${join(folder, `${index}.db`)}`,
      })) as [Filled, Filled]
      const begun = performance.now()
      for (const { url, seed } of [few, many]) fill(url, seed)
      const filled = { 'filled in s': (performance.now() - begun) / 1_000 }
      return [
        bytesOfSessions(many.url, filled),
        await withServers(
          [startTacit(few.url, EVERY_REFRESH_ROTATES), startTacit(many.url, EVERY_REFRESH_ROTATES)],
          (servers) => compare(servers, [few.seed, many.seed], options),
        ),
        ...(await prune(many)),
      ]
    }),
}

async function compare(
  servers: readonly [Server, Server],
  [fewSeed, manySeed]: readonly [Seed, Seed],
  { rounds, seconds }: Options,
): Promise<Result> {
  const [few, many] = servers.map(({ url }) => createClient(url)) as [Client, Client]
  const refreshFew = refresher(few, fewSeed)
  const refreshMany = refresher(many, manySeed)
  const figures = await interleave(
    `refreshes beside ${manySeed.sessions} sessions`,
    {
      few: () => soManyASecond(PER_SECOND, seconds, refreshFew),
      many: () => soManyASecond(PER_SECOND, seconds, refreshMany),
    },
    rounds,
  )
  few.close()
  many.close()
  const share = (rows: readonly number[][], of: number) => rows.map((row) => percentile(row, of))
  return {
    name: `p99 of a refresh with ${manySeed.sessions} sessions, at ${PER_SECOND}/s`,
    ...ratio(share(figures.many, 0.99), share(figures.few, 0.99)),
    unit: `times that with ${FEW}`,
    goal: { atMost: 1.3 },
    details: {
      'few p50 ms': median(share(figures.few, 0.5)),
      'few p99 ms': median(share(figures.few, 0.99)),
      'many p50 ms': median(share(figures.many, 0.5)),
      'many p99 ms': median(share(figures.many, 0.99)),
      ...EVERY_REFRESH_ROTATES,
    },
  }
}
