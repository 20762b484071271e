/**
 * The primary process of `tacit start` with WORKERS above 1. It runs the workers, counts requests
 * and hashes passwords for them, and serves the sum of their metrics. It serves no other request and
 * opens no database.
 */
import cluster from 'node:cluster'
import pino from 'pino'
import type { Config } from '../config/config.ts'
import { createHashWorker } from '../credentials/hash-worker.ts'
import { deriveKeys, secretsOf } from '../keys/secrets.ts'
import { createOwnLimits, type Limits } from '../limits/limits.ts'
import type { MetricsServer } from '../metrics/metrics-server.ts'
import { moduleFile } from '../module-file.ts'
import { closeInTransit } from '../workers/in-transit.ts'
import type { FromWorker, WorkerArguments } from '../workers/messages.ts'
import { createPrimaryServices } from '../workers/primary-services.ts'
import { createSupervisor, type Supervisor } from '../workers/supervisor.ts'
import type { WorkerMetrics } from '../workers/worker-metrics.ts'
import type { ListenOptions } from './listen.ts'

/** Runs until a signal stops the service. Rejects if the workers cannot run. */
export async function runPrimary(
  config: Config,
  { port, address }: Pick<ListenOptions, 'port' | 'address'>,
): Promise<void> {
  const log = pino({ level: config.logLevel })
  const hashWorker = createHashWorker({
    onPriority: (priority) => log.info(`Passwords are hashed at ${priority} priority`),
  })
  const limits = await openLimits(config, log, (isDegraded) => {
    supervisor.send({ tacit: 'degraded', isDegraded })
  })
  const serve = createPrimaryServices({ limits, hashWorker })
  let metrics: WorkerMetrics | undefined
  const supervisor = createSupervisor({
    size: config.workers,
    log,
    fork(isFirst) {
      const given: WorkerArguments = { isFirst, port, address, isDegraded: limits.isDegraded() }
      cluster.setupPrimary({ exec: moduleFile(import.meta, 'worker'), args: [JSON.stringify(given)] })
      const worker = cluster.fork()
      closeInTransit(worker.process)
      return worker
    },
    onMessage(message: FromWorker, answer) {
      if (message.tacit === 'metrics') metrics?.receive(message)
      else serve(message, answer)
    },
  })
  const stopped = stopBySignal(supervisor)
  let metricsServer: MetricsServer | undefined
  try {
    if (config.metricsPort !== undefined) {
      const { createWorkerMetrics } = await import('../workers/worker-metrics.ts')
      const { serveMetrics } = await import('../metrics/metrics-server.ts')
      metrics = createWorkerMetrics(supervisor.connected)
      metricsServer = await serveMetrics(metrics, { ...config, metricsPort: config.metricsPort })
      log.info(`Metrics are served at port ${metricsServer.port} of ${config.metricsAddress}`)
    }
    await Promise.race([supervisor.start(), stopped])
    await Promise.race([supervisor.failed, stopped])
  } finally {
    supervisor.kill()
    hashWorker.close()
    limits.close()
    await metricsServer?.close()
  }
}

async function openLimits(
  config: Config,
  log: pino.Logger,
  onChange: (isDegraded: boolean) => void,
): Promise<Limits> {
  const url = config.redisUrl
  if (url === undefined) return createOwnLimits()
  const { createRedisLimits } = await import('../limits/redis-counts.ts')
  const hmacKey = deriveKeys(secretsOf(config)).limits
  return createRedisLimits({ url, hmacKey, log, onChange: (isUp) => onChange(!isUp) })
}

/** Resolves when the workers have stopped after a signal. A second signal ends everything at once. */
function stopBySignal(supervisor: Supervisor): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let isStopping = false
  const stop = () => {
    if (isStopping) {
      supervisor.kill()
      process.exit(1)
    }
    isStopping = true
    supervisor.stop().then(resolve, reject)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => {
    // The system sends it to the programs of a terminal that is closed.
    if (process.stdout.isTTY) stop()
    else supervisor.roll()
  })
  return promise
}
