/**
 * The text of the stream of revocations, which docs/services.md describes.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { FeedPage } from '../store/changes.ts'

/** A comment. It tells the client that the stream is alive. */
export const HEARTBEAT = ':\n\n'

/** How long a client waits before it connects again, in milliseconds. */
const RETRY_MS = 500

/** The beginning of each stream. */
export const PREAMBLE = `retry: ${RETRY_MS}\n\n`

const eventText = (name: string, data: object, place?: string): string =>
  `event: ${name}\n${place === undefined ? '' : `id: ${place}\n`}data: ${JSON.stringify(data)}\n\n`

/** The client has been told of every change before this place. */
export const placeText = (place: string): string => eventText('place', {}, place)

/** Only the last change of a page has the place: a client that breaks off before it gets the page again. */
export function pageText({ changes, place }: FeedPage): string {
  if (changes === 'everything') return eventText('everything', {}, place)
  const last = changes.length - 1
  return changes
    .map(({ of, id }, index) => eventText('change', { of, id }, index === last ? place : undefined))
    .join('')
}
