/**
 * The subscriber of the stream of revocations: tells a verifier which sessions and accounts have
 * changed.
 *
 * Threat: a verifier takes a silent or broken stream for "nothing has ended". A broken or hostile
 * server uses up memory or processor time. The secret gets into a log or to another host.
 * Guarantee: the state is `up` only after the service has told of every change since the last
 * connection, and only while it sends something within three heartbeats. Each change is told at
 * least once, in order, or 'everything' is. The pause before a new connection grows to ten seconds.
 * The length of an event is bounded. Redirects are not followed. No reason contains the secret.
 * Limits: an ended session is noticed up to three heartbeats late if a connection goes silent.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import {
  basicAuthorization,
  changeOf,
  isPlace,
  pauseAfter,
  type RevokedChange,
  reasonOf,
  refusalOf,
} from './revocation-events.ts'

export type { RevokedChange }

export interface RevocationFeedOptions {
  /** The URL of `GET /auth/revocations`. */
  readonly url: string
  readonly clientId: string
  readonly clientSecret: string
  /**
   * Called for each change. 'everything' comes with the first connection, too: any session may have
   * ended before. If the function throws, the feed connects again and tells the change again.
   */
  onChange(change: RevokedChange | 'everything'): void
  /** Called when the state changes, or the reason of `down`. Must not throw. */
  onState(state: 'up' | 'down', reason?: string): void
  /** How often the service sends a heartbeat, in milliseconds. The default is 5000. */
  readonly heartbeatMs?: number
  readonly fetch?: typeof fetch
}

export interface RevocationFeed {
  /** Connects, and stays connected until `close` is called. Repeated calls have no effect. */
  start(): void
  /** Ends the connection. No callback is called afterwards. */
  close(): Promise<void>
  /** `connecting` until the first connection is up or has failed. */
  readonly state: 'connecting' | 'up' | 'down'
}

const HEARTBEAT_MS = 5_000
const MAX_SILENT_HEARTBEATS = 3
const MAX_EVENT_CHARACTERS = 64 * 1024

export function createRevocationFeed(options: RevocationFeedOptions): RevocationFeed {
  const { url, onChange, onState, heartbeatMs = HEARTBEAT_MS } = options
  const authorization = basicAuthorization(options.clientId, options.clientSecret)
  const silentMs = heartbeatMs * MAX_SILENT_HEARTBEATS
  const closing = new AbortController()
  let state: RevocationFeed['state'] = 'connecting'
  let reason: string | undefined
  let place: string | undefined
  let retryMs: number | undefined
  let running: Promise<void> | undefined

  function enter(next: 'up' | 'down', why?: string): void {
    if (closing.signal.aborted || (state === next && reason === why)) return
    state = next
    reason = why
    onState(next, why)
  }

  function receive({ event, data, id }: EventSourceMessage): void {
    if (closing.signal.aborted) return
    const change = changeOf(event, data)
    if (change !== undefined) onChange(change)
    // After the callback, so that a change is told again if the callback has thrown.
    if (id !== undefined) place = isPlace(id) ? id : undefined
    if (event === 'place') enter('up')
  }

  async function open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const response = await (options.fetch ?? fetch)(url, {
      headers: {
        authorization,
        accept: 'text/event-stream',
        'accept-encoding': 'identity',
        ...(place !== undefined && { 'last-event-id': place }),
      },
      redirect: 'error',
      signal,
    })
    const refusal = refusalOf(response)
    if (refusal !== undefined) throw refusal
    return response.body as ReadableStream<Uint8Array>
  }

  /** Connects once. Rejects with the reason when the connection has ended. */
  async function connect(): Promise<never> {
    const connection = new AbortController()
    const silence = setTimeout(
      () => connection.abort(new Error(`the service sent nothing for ${silentMs} ms`)),
      silentMs,
    )
    const parser = createParser({
      maxBufferSize: MAX_EVENT_CHARACTERS,
      onEvent(message) {
        silence.refresh()
        receive(message)
      },
      onComment() {
        silence.refresh()
      },
      onRetry(ms) {
        retryMs = ms
      },
      onError({ type }) {
        if (type !== 'max-buffer-size-exceeded') return
        throw new Error(`the service sent an event of more than ${MAX_EVENT_CHARACTERS} characters`)
      },
    })
    try {
      const body = await open(AbortSignal.any([connection.signal, closing.signal]))
      // Without a place, the changes before this stream are unknown.
      if (place === undefined) onChange('everything')
      const decoder = new TextDecoder()
      for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }))
      throw new Error('the service ended the stream')
    } finally {
      clearTimeout(silence)
      // Ends the connection of a response whose body was not read.
      connection.abort()
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures += 1) {
      const startedAt = performance.now()
      const error: unknown = await connect().catch((failure: unknown) => failure)
      // After a stream that was steady, the pauses begin again with the shortest one.
      if (state === 'up' && performance.now() - startedAt >= silentMs) failures = 0
      enter('down', reasonOf(error))
      const pauseMs = pauseAfter(failures, retryMs, error)
      await sleep(pauseMs, undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  return {
    start() {
      if (!closing.signal.aborted) running ??= run()
    },
    async close() {
      closing.abort()
      await running
    },
    get state() {
      return state
    },
  }
}
