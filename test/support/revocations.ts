import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createParser } from 'eventsource-parser'
import type { SessionChange } from '../../src/store/changes.ts'

/** A busy machine needs a part of it. */
const MAX_WAIT_MS = 30_000

/** What a stream of revocations has sent. */
export interface Sent {
  readonly event: string | undefined
  readonly data: unknown
  readonly id: string | undefined
}

export interface OpenStream {
  readonly response: IncomingMessage
  /** Resolves with the next event; with undefined when the stream has ended. */
  next(): Promise<Sent | undefined>
  /** Resolves with the changes up to the next event `place`, and its id. */
  caughtUp(): Promise<{ changes: (SessionChange | 'everything')[]; place: string }>
  /** Resolves with the next change. */
  nextChange(): Promise<unknown>
  /** Resolves at the next comment. */
  heartbeat(): Promise<void>
  /** Resolves with true when the stream has ended, however it ended; with false if it does not. */
  hasEnded(): Promise<boolean>
  /** Breaks the connection off. */
  breakOff(): void
}

type Headers = Readonly<Record<string, string>>

/** A request for the stream, over a connection of its own. */
export async function request(port: number, headers: Headers, path = '/auth/revocations') {
  const outgoing = get({ port, path, headers, agent: false })
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
  })
  outgoing.on('error', () => {})
  return response
}

/** Opens the stream of revocations of the service at a port. */
export async function openStream(port: number, headers: Headers, place?: string): Promise<OpenStream> {
  const response = await request(port, { ...headers, ...(place !== undefined && { 'last-event-id': place }) })
  if (response.statusCode !== 200) throw new Error(`the stream was answered with ${response.statusCode}`)

  const events: Sent[] = []
  const { promise: ended, resolve: end } = Promise.withResolvers<void>()
  let comments = 0
  let hasEnded = false
  let wake = () => {}
  const parser = createParser({
    onEvent: ({ event, data, id }) => void events.push({ event, id, data: JSON.parse(data) }),
    onComment: () => {
      comments += 1
    },
  })
  response.setEncoding('utf8').on('data', (text: string) => {
    parser.feed(text)
    wake()
  })
  response.on('error', () => {})
  response.once('close', () => {
    hasEnded = true
    end()
    wake()
  })
  async function until(isThere: () => boolean): Promise<void> {
    while (!isThere() && !hasEnded) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  async function next(): Promise<Sent | undefined> {
    await until(() => events.length > 0)
    return events.shift()
  }

  return {
    response,
    hasEnded: () => Promise.race([ended.then(() => true), sleep(MAX_WAIT_MS, false, { ref: false })]),
    next,
    async caughtUp() {
      const changes: (SessionChange | 'everything')[] = []
      for (;;) {
        const sent = await next()
        if (sent === undefined) throw new Error('the stream has ended before it caught up')
        if (sent.event === 'place') return { changes, place: sent.id as string }
        changes.push(sent.event === 'everything' ? 'everything' : (sent.data as SessionChange))
      }
    },
    async nextChange() {
      for (;;) {
        const sent = await next()
        if (sent?.event !== 'place') return sent?.event === 'everything' ? 'everything' : sent?.data
      }
    },
    async heartbeat() {
      const before = comments
      await until(() => comments > before)
    },
    breakOff: () => response.destroy(),
  }
}
