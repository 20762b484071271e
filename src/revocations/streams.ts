/**
 * The streams of revocations: one reader of the change feed for all verifiers that are connected to
 * this process.
 *
 * Threat: a verifier accepts the access token of a session that has ended. A slow or greedy
 * verifier uses up the memory or the connections of the service.
 * Guarantee: a connected verifier is told of every change in the order of the feed, at least once,
 * or of 'everything'. A heartbeat is sent only after the feed was read. If the feed cannot be read,
 * all streams end. What waits for one verifier is bounded, and so are the streams of a client and
 * of the process. The streams of a client end within a heartbeat after it was deleted.
 * Limits: a change of another process arrives up to 250 ms late. docs/services.md says how long the
 * feed is kept. A session that a restored backup does not contain is not told if a verifier was
 * disconnected from before the backup until after the restore.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { Readable } from 'node:stream'
import { AuthError } from '../errors.ts'
import type { ResumableFeed } from '../store/changes.ts'
import { pageText } from './event-text.ts'
import { createFeedReader } from './reader.ts'
import { createSubscription, type Subscription } from './subscription.ts'

export const MAX_STREAMS_OF_CLIENT = 50
export const MAX_STREAMS = 500
const RETRY_AFTER_SECONDS = 5

const busy = () => new AuthError('SERVER_BUSY', { retryAfterSeconds: RETRY_AFTER_SECONDS })

export interface RevocationStreamsOptions {
  readonly feed: ResumableFeed
  /** Whether the client still exists. */
  isRegistered(clientId: string): Promise<boolean>
  readonly heartbeatMs: number
  /** Called when the feed cannot be read, after all streams have ended. */
  onOutage(error: unknown): void
}

export interface RevocationStreams {
  /**
   * Opens a stream that begins after a place, or at the newest place.
   * @throws AuthError SERVER_BUSY above the limits or while the service stops, STORE_UNAVAILABLE
   */
  open(clientId: string, place: string | null): Promise<Readable>
  /** Ends all streams. Further ones are refused. */
  close(): void
}

export function createRevocationStreams(options: RevocationStreamsOptions): RevocationStreams {
  const { feed, isRegistered, heartbeatMs, onOutage } = options
  const subscriptions = new Set<Subscription>()
  let stopWatching: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  let isBeating = false

  const endAll = (ending: Iterable<Subscription> = subscriptions) => {
    for (const subscription of [...ending]) subscription.end()
  }

  function fail(error: unknown): void {
    endAll()
    onOutage(error)
  }

  const { read, forget } = createFeedReader(feed, subscriptions, fail)

  async function beat(): Promise<void> {
    if (isBeating) return
    isBeating = true
    try {
      await read()
      const clients = Map.groupBy(subscriptions, ({ clientId }) => clientId)
      for (const [clientId, ofClient] of clients) {
        if (!(await isRegistered(clientId))) endAll(ofClient)
      }
      for (const subscription of subscriptions) subscription.beat()
    } catch (error) {
      fail(error)
    } finally {
      isBeating = false
    }
  }

  function add(subscription: Subscription): void {
    subscriptions.add(subscription)
    subscription.readable.once('close', () => remove(subscription))
    stopWatching ??= feed.watchChanges(read)
    timer ??= setInterval(beat, heartbeatMs).unref()
  }

  function remove(subscription: Subscription): void {
    subscriptions.delete(subscription)
    if (subscriptions.size > 0) return
    stopWatching?.()
    clearInterval(timer)
    stopWatching = timer = undefined
    forget()
  }

  function refuseAboveLimits(clientId: string): void {
    let ofClient = 0
    for (const subscription of subscriptions) if (subscription.clientId === clientId) ofClient += 1
    if (!isClosed && ofClient < MAX_STREAMS_OF_CLIENT && subscriptions.size < MAX_STREAMS) return
    throw busy()
  }

  return {
    async open(clientId, place) {
      refuseAboveLimits(clientId)
      const subscription = createSubscription(clientId, read)
      // Counted before the first page has been read, so that the limits hold for streams that open
      // at once.
      add(subscription)
      try {
        const page = await feed.changesAfter(place)
        subscription.send(page, pageText(page))
        if (isClosed) throw busy()
      } catch (error) {
        subscription.readable.destroy()
        throw error
      }
      void read()
      return subscription.readable
    },

    close() {
      isClosed = true
      endAll()
    },
  }
}
