/**
 * From nothing to a service that answers: how long, and what takes it. Each time there is no database yet, and tables have
 * to be made.
 */
import type { Benchmark, Result } from './benchmark.ts'
import { interleave, median, summary } from './rounds.ts'
import { INNER_COMMAND } from './servers.ts'
import type { Parts } from './start-parts.ts'
import { untilExit, untilReady } from './start-up.ts'

const GOAL = { atMost: 700 }
const ALONE = ['node', '-r', './tools/compile-cache.cjs', 'bench/start-parts.ts']

export const start: Benchmark = {
  name: 'start',
  about: 'from the command to the first answer, for npm start, for what it runs, and for node alone',
  async run({ rounds }) {
    let parts: Parts[] = []
    const figures = await interleave(
      start.name,
      {
        'node that does nothing': () => untilExit(['node', '-e', '0']),
        'bare Fastify': () => untilReady(['node', 'bench/bare.ts'], '/me'),
        node: () => untilReady(ALONE, '/health/ready', (told) => parts.push(told)),
        fastify: () => untilReady(INNER_COMMAND, '/health/ready'),
        npm: () => untilReady(['npm', 'start'], '/health/ready'),
      },
      rounds,
    )
    parts = parts.slice(-rounds)
    const part = (name: keyof Parts) => median(parts.map((each) => each[name]))
    const floor = {
      'node that does nothing ms': median(figures['node that does nothing']),
      'bare Fastify ms': median(figures['bare Fastify']),
    }
    const results: Result[] = [
      {
        name: 'start by node alone',
        ...summary(figures.node),
        unit: 'ms',
        goal: GOAL,
        details: {
          'node itself ms': part('node'),
          'loading modules ms': part('modules'),
          'plugins, database and routes ms': part('plugins'),
          'listening ms': part('listening'),
          ...floor,
        },
      },
      {
        name: 'start by fastify-cli, as npm start runs it',
        ...summary(figures.fastify),
        unit: 'ms',
        goal: GOAL,
        details: { 'more than node alone ms': median(figures.fastify) - median(figures.node) },
      },
      {
        name: 'npm start',
        ...summary(figures.npm),
        unit: 'ms',
        details: { 'npm itself ms': median(figures.npm) - median(figures.fastify) },
      },
    ]
    return results
  },
}
