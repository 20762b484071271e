import type { RevokedChange } from '../../src/verifier/revocation-events.ts'
import { createRevocationFeed, type RevocationFeedOptions } from '../../src/verifier/revocations.ts'
import type { Teardown } from './app.ts'

/** A wait that takes longer fails: a busy machine needs a part of it. */
const MAX_WAIT_MS = 30_000

export interface Subscriber {
  /** The changes so far, as `session ID`, `user ID` or `everything`. */
  readonly told: string[]
  /** The states so far: `up`, or `down` and the reason. */
  readonly states: string[]
  readonly state: string
  /** The changes and the states, in their order. */
  readonly log: string[]
  /**
   * Resolves when the condition holds. It is looked at after each change and each state. Fails the
   * test if it does not come to hold.
   */
  until(holds: () => boolean): Promise<void>
  /** Resolves when a change has been told. */
  heard(change: string): Promise<void>
  /** Resolves when it is up. */
  up(): Promise<void>
  close(): Promise<void>
}

const textOf = (change: RevokedChange | 'everything'): string =>
  change === 'everything' ? change : `${change.of} ${change.id}`

export interface SubscriberOptions extends Partial<RevocationFeedOptions> {
  readonly url: string
}

/** A subscriber that has started, and notes what it is told. */
export function subscribe(
  t: Teardown & { fail(title: string): unknown },
  options: SubscriberOptions,
): Subscriber {
  const told: string[] = []
  const states: string[] = []
  const log: string[] = []
  let wake = () => {}
  const feed = createRevocationFeed({
    clientId: 'movies',
    clientSecret: 'the secret of movies',
    ...options,
    onChange(change) {
      told.push(textOf(change))
      log.push(textOf(change))
      wake()
      options.onChange?.(change)
    },
    onState(state, reason) {
      states.push([state, reason].filter(Boolean).join(' '))
      log.push(state)
      wake()
    },
  })
  t.teardown(() => feed.close())
  feed.start()

  async function until(holds: () => boolean): Promise<void> {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      wake()
    }, MAX_WAIT_MS)
    while (!holds() && !isLate) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    clearTimeout(timer)
    if (isLate) t.fail(`waited in vain, and heard ${log.join(', ')}`)
  }
  return {
    told,
    states,
    log,
    get state() {
      return feed.state
    },
    until,
    heard: (change) => until(() => told.includes(change)),
    up: () => until(() => feed.state === 'up'),
    close: () => feed.close(),
  }
}

/** The options for the stream of a service at a port. */
export const streamAt = (port: number, client: { readonly id: string; readonly secret: string }) => ({
  url: `http://localhost:${port}/auth/revocations`,
  clientId: client.id,
  clientSecret: client.secret,
})
