/**
 * One connected verifier: its place in the feed, and the text that waits for its socket.
 */
import { Readable } from 'node:stream'
import type { FeedPage } from '../store/changes.ts'
import { HEARTBEAT, PREAMBLE, placeText } from './event-text.ts'

/** Text that waits for a slow verifier, beyond what the system holds for its socket. */
const MAX_WAITING_BYTES = 64 * 1024
/** While more waits, a stream that catches up gets no further page. */
const HIGH_WATER_BYTES = 16 * 1024
/** Heartbeats during which the socket of a verifier takes nothing. */
const MAX_STALLED_HEARTBEATS = 3

export interface Subscription {
  readonly clientId: string
  readonly readable: Readable
  /** Up to where the verifier has been told. Null before the first page. */
  readonly place: string | null
  /** Whether it has caught up, and gets each page of the shared reader. */
  readonly isLive: boolean
  /** Whether it is behind, and its socket takes more. */
  readonly wantsPage: boolean
  /** @param text the page as text: see event-text.ts */
  send(page: FeedPage, text: string): void
  /** The verifier has been told of everything until its place. */
  becomeLive(): void
  /** Sends a heartbeat, or the place if it has moved. Breaks off if the verifier takes nothing. */
  beat(): void
  /** Ends the response. Breaks off at once if the verifier is slow: it resumes at its place. */
  end(): void
}

/** @param onDrain called when the socket takes more, after it did not */
export function createSubscription(clientId: string, onDrain: () => void): Subscription {
  let place: string | null = null
  let toldPlace: string | null = null
  let isLive = false
  let isFull = false
  let isEnded = false
  let stalledHeartbeats = 0

  const readable = new Readable({
    highWaterMark: HIGH_WATER_BYTES,
    read() {
      if (!isFull) return
      isFull = false
      onDrain()
    },
  })

  function push(text: string): void {
    if (isEnded || readable.destroyed) return
    isFull = !readable.push(text)
    // It resumes at its place, at the speed of its socket.
    if (readable.readableLength > MAX_WAITING_BYTES) readable.destroy()
  }

  function tellPlace(): void {
    toldPlace = place
    // A live stream has a place.
    push(placeText(place as string))
  }

  readable.push(PREAMBLE)
  return {
    clientId,
    readable,
    get place() {
      return place
    },
    get isLive() {
      return isLive
    },
    get wantsPage() {
      return place !== null && !isLive && !isFull
    },
    send(page, text) {
      place = page.place
      if (text === '') return
      toldPlace = place
      push(text)
    },
    becomeLive() {
      isLive = true
      tellPlace()
    },
    beat() {
      if (readable.readableLength > 0) {
        stalledHeartbeats += 1
        if (stalledHeartbeats >= MAX_STALLED_HEARTBEATS) readable.destroy()
        return
      }
      stalledHeartbeats = 0
      if (isLive && place !== toldPlace) tellPlace()
      else push(HEARTBEAT)
    },
    end() {
      if (isEnded) return
      isEnded = true
      if (readable.isPaused() || readable.readableLength > 0) readable.destroy()
      else readable.push(null)
    },
  }
}
