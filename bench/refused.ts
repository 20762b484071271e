/**
 * Refusing a token that is good for nothing must cost hardly more than accepting a good one.
 */
import type { Benchmark, Options, Result } from './benchmark.ts'
import { inTurn, load, type Round } from './load.ts'
import type { Server } from './process.ts'
import { CARRIERS, KINDS, withHolder } from './refused-tokens.ts'
import { interleave, median, ratio } from './rounds.ts'
import { startTacit } from './servers.ts'
import { accessToken, type Holder } from './tokens.ts'

const CONNECTIONS = 64
const TOKENS_PER_CONNECTION = 64

export const refused: Benchmark = {
  name: 'refused tokens',
  about:
    'the rate at which they are refused, each different, beside the rate at which a good one is accepted',
  run: (options) => withHolder(startTacit, (server, holder) => compare(server, holder, options)),
}

async function compare(server: Server, holder: Holder, options: Options): Promise<Result[]> {
  const results: Result[] = []
  // Many contestants, whose differences are large: each has half the time.
  const shared = { connections: CONNECTIONS, seconds: Math.max(1, options.seconds / 2) }
  for (const [carrier, carry] of Object.entries(CARRIERS)) {
    const good = carry(accessToken(holder))
    const turns: Record<string, () => Promise<Round>> = {
      accepted: () => load(server, { ...shared, headers: good }),
    }
    for (const [kind, make] of Object.entries(KINDS)) {
      const setupClient = inTurn(TOKENS_PER_CONNECTION, () => carry(make(holder)))
      turns[kind] = () => load(server, { ...shared, setupClient, status: 401 })
    }
    const figures = await interleave(`${refused.name} by ${carrier}`, turns, options.rounds)
    const accepted = (figures.accepted as Round[]).map(rate)
    for (const kind of Object.keys(KINDS)) {
      const rows = figures[kind] as Round[]
      results.push({
        name: `${kind}, by ${carrier}`,
        ...ratio(rows.map(rate), accepted),
        unit: 'of the accepted',
        goal: { atLeast: 0.8 },
        details: {
          'refused/s': median(rows.map(rate)),
          'accepted/s': median(accepted),
          'CPU µs refused': median(rows.map(({ cpu }) => cpu)),
          'CPU µs accepted': median((figures.accepted as Round[]).map(({ cpu }) => cpu)),
        },
      })
    }
  }
  return results
}

const rate = ({ requestsPerSecond }: Round): number => requestsPerSecond
