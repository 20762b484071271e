/**
 * Reads the change feed once for all streams that have caught up, and for each other one from its
 * own place.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { ResumableFeed } from '../store/changes.ts'
import { pageText } from './event-text.ts'
import type { Subscription } from './subscription.ts'

export interface FeedReader {
  /** Resolves when the feed has been read, beginning at the earliest with this call. */
  read(): Promise<void>
  /** Forgets its place: the next reading begins with the newest one. */
  forget(): void
}

/** @param onFailure called if the feed cannot be read */
export function createFeedReader(
  feed: Pick<ResumableFeed, 'changesAfter'>,
  subscriptions: ReadonlySet<Subscription>,
  onFailure: (error: unknown) => void,
): FeedReader {
  let head: string | null = null
  let reading: Promise<void> | undefined
  let isWoken = false

  async function readForLive(): Promise<void> {
    for (let hasMore = true; hasMore; ) {
      const page = await feed.changesAfter(head)
      head = page.place
      hasMore = page.hasMore
      const text = pageText(page)
      for (const subscription of subscriptions) if (subscription.isLive) subscription.send(page, text)
      // A long feed may not hold up requests, and sockets drain meanwhile.
      if (hasMore) await nextTurn()
    }
  }

  /**
   * A stream that has caught up here joins the others, whose place is older. So it may be told of a
   * change twice, and misses none.
   */
  async function readForJoining(): Promise<void> {
    for (const subscription of [...subscriptions].filter(({ wantsPage }) => wantsPage)) {
      const page = await feed.changesAfter(subscription.place)
      subscription.send(page, pageText(page))
      if (page.hasMore) isWoken = true
      else subscription.becomeLive()
    }
  }

  async function readAll(): Promise<void> {
    try {
      do {
        isWoken = false
        await readForLive()
        await readForJoining()
        await nextTurn()
      } while (isWoken && subscriptions.size > 0)
    } catch (error) {
      onFailure(error)
    } finally {
      reading = undefined
    }
  }

  return {
    read() {
      isWoken = true
      reading ??= readAll()
      return reading
    },
    forget() {
      head = null
    },
  }
}
