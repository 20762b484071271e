import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { measured, verdictOf } from '../src/metrics/latency.ts'
import type { Metrics } from '../src/metrics/metrics.ts'
import type { MetricsServer } from '../src/metrics/metrics-server.ts'
import type { Principal } from '../src/sessions/principal.ts'
import type { MailCounts } from '../src/store/outbox.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'
import { stateOf } from '../src/wiring/request-state.ts'

type Authenticate = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /**
     * Returns the target with the methods `names` measured; the target itself unless METRICS_PORT
     * is set.
     */
    measure<Target extends object>(
      subject: 'store' | 'refresh' | 'signIn',
      target: Target,
      names: readonly (keyof Target & string)[],
    ): Target
    /**
     * Returns the hook, measured; the hook itself unless METRICS_PORT is set or development is on.
     */
    measureAuthentication(authenticate: Authenticate): Authenticate
    /** Shows how much mail waits or was given up, if METRICS_PORT is set. */
    watchMail(count: () => Promise<MailCounts>): void
    /** Adds a number to the metrics, if there are any. */
    publishGauge(name: string, help: string, value: () => number): void
  }
}

export interface MetricsOptions {
  /** Gets the metrics instead of a listener. A worker gives them to its primary process. */
  readonly publishMetrics?: (metrics: Metrics) => void
}

/**
 * Measures latency and serves the metrics if METRICS_PORT is set. Otherwise nothing is measured.
 */
export default fp<MetricsOptions>(
  async (app, { publishMetrics }) => {
    const { clock, config } = internalsOf(app)
    const { metricsPort, metricsAddress } = config
    const metrics =
      metricsPort === undefined ? undefined : (await import('../src/metrics/metrics.ts')).createMetrics()

    const measureAuthentication = (authenticate: Authenticate): Authenticate => {
      if (metrics === undefined && !config.development) return authenticate
      return (request, reply, done) => {
        // The second run of the hook in a request only checks the caller of the first.
        if ((request.principal as Principal | null) !== null) return authenticate(request, reply, done)
        const state = stateOf(request)
        const from = clock.monotonic()
        authenticate(request, reply, (error) => {
          const ms = clock.monotonic() - from
          if (config.development) state.authenticationMs = ms
          metrics?.authentication(
            identificationWay(request, error),
            error ? verdictOf(error) : 'ok',
            ms / 1_000,
          )
          done(error)
        })
      }
    }
    provide(app, {
      measure: (subject, target, names) =>
        metrics === undefined ? target : measured(target, names, clock, metrics[subject]),
      measureAuthentication,
      watchMail: (count) => metrics?.watchMail(count),
      publishGauge: (name, help, value) => metrics?.gauge(name, help, value),
    })

    if (metrics === undefined || metricsPort === undefined) return
    if (publishMetrics !== undefined) {
      publishMetrics(metrics)
      return
    }
    let server: MetricsServer | undefined
    app.addHook('onReady', async () => {
      const { serveMetrics } = await import('../src/metrics/metrics-server.ts')
      server = await serveMetrics(metrics, { metricsPort, metricsAddress })
      app.log.info(`Metrics are served at port ${server.port} of ${metricsAddress}`)
    })
    app.addHook('onClose', async () => server?.close())
  },
  { name: 'metrics', dependencies: ['env', 'clock'] },
)

type Way = 'remembered' | 'verified' | 'refreshed' | 'refused'

/** How the caller was identified. */
function identificationWay(request: FastifyRequest, error: unknown): Way {
  if (error) return 'refused'
  const { recognition, cookieChange } = stateOf(request)
  if (recognition?.principal === request.principal) return 'remembered'
  return cookieChange === null ? 'verified' : 'refreshed'
}
