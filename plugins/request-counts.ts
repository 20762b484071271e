import fp from 'fastify-plugin'
import { createOwnLimits, type Limits } from '../src/limits/limits.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** The counts of every rate limit. */
    limits: Limits
  }
}

export interface RequestCountsOptions {
  /**
   * Counts that are shared with other processes. By default REDIS_URL shares them, or the process
   * counts alone.
   */
  readonly limits?: Limits
}

export default fp<RequestCountsOptions>(
  async (app, options) => {
    const { config, keys, publishGauge } = internalsOf(app)
    const limits = options.limits ?? (await ownLimits(config.redisUrl, keys.limits, app.log))
    if (options.limits === undefined) app.addHook('onClose', async () => limits.close())
    provide(app, { limits })
    publishGauge('tacit_limits_degraded', 'Whether shared limits are counted in own memory', () =>
      Number(limits.isDegraded()),
    )
  },
  { name: 'request-counts', dependencies: ['env', 'metrics'] },
)

async function ownLimits(
  url: string | undefined,
  hmacKey: Buffer,
  log: Parameters<typeof import('../src/limits/redis-counts.ts')['createRedisLimits']>[0]['log'],
): Promise<Limits> {
  if (url === undefined) return createOwnLimits()
  const { createRedisLimits } = await import('../src/limits/redis-counts.ts')
  return createRedisLimits({ url, hmacKey, log })
}
