/**
 * Counts of requests in Redis, for machines that share their limits.
 *
 * Threat: a reader of Redis or of a log learns addresses, sessions or the password of Redis. A Redis
 * that is away or slow blocks requests. Two services on one Redis change each other's counts.
 * Guarantee: keys are HMACs with a key that is derived from SECRET_KEY, so services with different
 * secrets have different keys. Every key expires with its window. The log has the host and the port
 * of the URL, and the text of an error without its command. Each call is bounded in time:
 * availability.ts.
 * Limits: an attacker who may write to Redis can lift or exhaust every limit. Redis Cluster is not
 * supported: its answer MOVED counts as an outage.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { createAvailability } from './availability.ts'
import { type CountCall, createBatches } from './batches.ts'
import type { CountServer } from './count-server.ts'
import { createSharedLimits, type Limits } from './limits.ts'
import { REDIS_SCRIPT } from './redis-script.ts'

export interface RedisLimitsOptions {
  readonly url: string
  /** The key of the HMAC over the keys. */
  readonly hmacKey: Buffer
  readonly log: {
    warn(details: object, message: string): void
    info(details: object, message: string): void
  }
  /** How long a request waits for Redis. */
  readonly limitMs?: number
  /** Called when Redis goes away or comes back. */
  readonly onChange?: (isUp: boolean) => void
}

const LIMIT_MS = 100
const PROBE_EVERY_MS = 500
const MAX_RECONNECT_MS = 1_000
/** How long the first connection may take. Meanwhile, the start waits. */
const CONNECT_MS = 1_000
/** A Redis that sends nothing for this time is connected to anew. */
const SILENCE_MS = 5_000

type Reply = readonly [requests: number, ttlMs: number, window: string] | readonly []

/** The command that ioredis makes of the script. */
interface Scripted {
  tacitCounts(keys: number, ...keysAndArguments: (string | number)[]): Promise<Reply[]>
}

/** Connects to Redis. An outage at the start is logged, and the service starts. */
export async function createRedisLimits({
  url,
  hmacKey,
  log,
  limitMs = LIMIT_MS,
  onChange = () => {},
}: RedisLimitsOptions): Promise<Limits> {
  const address = addressOf(url)
  let lastError = ''
  const redis = new Redis(url, {
    scripts: { tacitCounts: { lua: REDIS_SCRIPT } },
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
    // A command fails at once while there is no connection. Own memory counts meanwhile.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
  })
  redis.on('error', ({ message }: Error) => {
    lastError = message
  })
  redis.on('ready', () => {
    lastError = ''
  })
  const server = createRedisServer(redis as unknown as Scripted, hmacKey)
  const availability = createAvailability({
    limitMs,
    probeEveryMs: PROBE_EVERY_MS,
    probe: async () => server.add('probe', '', { by: 0, atLeast: 0, ttlMs: 1_000 }),
    onChange(isUp, reason) {
      if (isUp) log.info({ redis: address }, 'Redis answers again. It counts the rate limits')
      else
        log.warn(
          { redis: address, reason: lastError === '' ? reason : lastError },
          'Redis is away. Rate limits are counted in the memory of this machine',
        )
      onChange(isUp)
    },
  })
  // `check` reports a failure.
  await Promise.race([redis.connect().catch(() => {}), new Promise((go) => setTimeout(go, CONNECT_MS))])
  await availability.check()
  const limits = createSharedLimits({ server, availability })
  return {
    ...limits,
    close() {
      limits.close()
      redis.disconnect()
    },
  }
}

function createRedisServer(redis: Scripted, hmacKey: Buffer): CountServer {
  const process = randomUUID()
  let windows = 0
  const keyOf = (table: string, key: string): string =>
    `tacit:limit:${createHmac('sha256', hmacKey).update(`${table}\0${key}`).digest('base64url').slice(0, 24)}`

  function argumentsOf(call: CountCall): (string | number)[] {
    if (call[0] === 'find') return ['find', '', '', '', '']
    if (call[0] === 'takeBack') return ['takeBack', call[4], call[3], '', '']
    const { by, ttlMs, atLeast } = call[3]
    windows += 1
    return ['add', by, ttlMs, `${process}${windows}`, atLeast]
  }

  return createBatches(async (calls) => {
    const keys = calls.map(([, table, key]) => keyOf(table, key))
    const replies = await redis.tacitCounts(keys.length, ...keys, ...calls.flatMap(argumentsOf))
    return replies.map(([requests, ttlMs, window]) =>
      window === undefined ? null : { requests: requests as number, ttlMs: ttlMs as number, window },
    )
  })
}

/** The URL without its user name and its password. */
export function addressOf(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
