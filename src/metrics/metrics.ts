/**
 * Latency histograms in the format of Prometheus.
 *
 * Threat: labels with values of requests fill the memory, or metrics contain data of accounts.
 * Guarantee: every label comes from a fixed set: a name in this program or a code of errors.ts. No
 * account, session, address, path or token is a label.
 * Limits: the numbers show how much the service is used. metrics-server.ts says who can read them.
 * Source: Prometheus, "Metric and label naming" and "Histograms and summaries".
 */
import { Gauge, Histogram, Registry } from 'prom-client'
import type { Observe } from './latency.ts'

/** From 0.1 ms, longer than a cached token takes, to 10 s, after which clients give up. */
const BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** The histograms by subject, and their text for Prometheus. */
export interface Metrics {
  readonly authentication: Observe
  readonly refresh: Observe
  readonly signIn: Observe
  readonly store: Observe
  /** Shows how much mail is in which state. `count` is called at each reading. */
  watchMail(count: () => Promise<{ readonly waiting: number; readonly givenUp: number }>): void
  /** Media type of what `render` returns. */
  readonly contentType: string
  render(): Promise<string>
  /** Returns the metrics for a sum over several processes. */
  collect(): Promise<readonly object[]>
  /** Adds a number that is asked for when the metrics are read. */
  gauge(name: string, help: string, value: () => number): void
}

export function createMetrics(): Metrics {
  const registry = new Registry()

  function histogram(name: string, help: string): Observe {
    const labelNames = ['operation', 'verdict'] as const
    const seconds = new Histogram({ name, help, labelNames, buckets: BUCKETS_SECONDS, registers: [registry] })
    return (operation, verdict, value) => seconds.observe({ operation, verdict }, value)
  }

  return {
    authentication: histogram(
      'tacit_authentication_duration_seconds',
      'Time to authenticate a request, by method of authentication',
    ),
    refresh: histogram('tacit_refresh_duration_seconds', 'Time to exchange a refresh token'),
    signIn: histogram('tacit_sign_in_duration_seconds', 'Time to sign in, including the password hash'),
    store: histogram('tacit_store_duration_seconds', 'Time of an operation of the store'),
    watchMail(count) {
      new Gauge({
        name: 'tacit_mail',
        help: 'Mail that waits to be sent, and mail that was given up in the last seven days',
        labelNames: ['state'] as const,
        registers: [registry],
        async collect() {
          this.reset()
          // During an outage of the database, the other metrics matter most.
          const counts = await count().catch(() => null)
          if (counts === null) return
          this.set({ state: 'waiting' }, counts.waiting)
          this.set({ state: 'given-up' }, counts.givenUp)
        },
      })
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
    collect: () => registry.getMetricsAsJSON(),
    gauge(name, help, value) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        // The sum over several processes has the state of the worst.
        aggregator: 'max',
        collect: () => gauge.set(value()),
      })
    },
  }
}
