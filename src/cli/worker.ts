/** A worker process: the service on the port of its primary process. primary.ts starts it. */
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { readConfig } from '../config/config.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { createDraining } from '../workers/draining.ts'
import {
  type FromPrimary,
  type FromWorker,
  STOP_GRACE_MS,
  type WorkerArguments,
} from '../workers/messages.ts'
import { createPrimaryLink } from '../workers/primary-link.ts'
import { listen } from './listen.ts'
import { sentenceOf } from './output.ts'

const { isFirst, isDegraded, port, address } = JSON.parse(process.argv[2] as string) as WorkerArguments
const send = (message: FromWorker, done = () => {}) =>
  void process.send?.(message, undefined, undefined, done)
const { logLevel, workers } = readConfig()
const link = createPrimaryLink({ send, log: pino({ level: logLevel }), workers, isDegraded })
const draining = createDraining()
let metrics: Metrics | undefined

const parts = {
  hashWorker: link.hashWorker,
  limits: link.limits,
  publishMetrics(published: Metrics) {
    metrics = published
  },
  isSilent: !isFirst,
}

const started = listen({ port, address, parts })

async function stop(): Promise<void> {
  await Promise.race([started.then((app) => app.close()), sleep(STOP_GRACE_MS)])
  process.exit(0)
}

process.on('message', (message: FromPrimary) => {
  if (message.tacit === 'stop') stop()
  else if (message.tacit === 'drain') draining.drain().then(stop)
  else if (message.tacit === 'metrics') answerMetrics(message.id)
  else link.receive(message)
})

// The primary process asks only workers that are ready.
async function answerMetrics(id: number): Promise<void> {
  send({ tacit: 'metrics', id, metrics: await (metrics as Metrics).collect() })
}

started.then(
  () => send({ tacit: 'ready' }),
  (error) => send({ tacit: 'failed', sentence: sentenceOf(error) }, () => process.exit(1)),
)
