/**
 * Histograms of latency in the format of Prometheus.
 *
 * Threat: labels that a request chooses fill the memory; metrics tell strangers about accounts.
 * Guarantee: every label is the name of one of our methods, or a verdict from the table of refusals. No account, session,
 * address, path or token is in them.
 * Limits: the numbers themselves tell how much the service is used. See metrics-server.ts for who can read them.
 * Source: Prometheus, "Metric and label naming" and "Histograms and summaries".
 */
import { Histogram, Registry } from 'prom-client'
import type { Observe } from './latency.ts'

/** From 0.1 ms, which a remembered token does not take, to 10 s, after which a client has gone. */
const BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

export interface Metrics {
  readonly authentication: Observe
  readonly refresh: Observe
  readonly signIn: Observe
  readonly store: Observe
  /** Media type of what `render` returns. */
  readonly contentType: string
  render(): Promise<string>
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
      'Time to find out who is calling, by how it was found out',
    ),
    refresh: histogram('tacit_refresh_duration_seconds', 'Time to exchange a refresh token'),
    signIn: histogram('tacit_sign_in_duration_seconds', 'Time to sign in, the password hash included'),
    store: histogram('tacit_store_duration_seconds', 'Time of an operation of the store'),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}
