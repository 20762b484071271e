/**
 * What the application around the service is told of: each security event has a hook, `signed-in` has `onSignedIn`.
 *
 * Guarantee: a hook is called once what it tells of is stored. It is not awaited. An error of it is logged and
 * changes nothing. It is told no token, password or hash.
 * Limits: a process tells of what it did itself. A hook that is called as the process ends may not come to its end.
 */
import type { Clock } from '../clock.ts'
import type { Client, EventDetails, EventType } from './events.ts'

type PascalCase<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Capitalize<Head>}${PascalCase<Rest>}`
  : Capitalize<Name>

/** What happened: the type of the event, and those of its details that it has. */
export interface Happening {
  readonly type: EventType
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** Whose account it is about. */
  readonly userId?: string
  /** The administrator who did it, where it was not the account's owner. */
  readonly actorId?: string
  /** The id of the session. */
  readonly sid?: string
  readonly client?: Client
  /** Why, in a word or two. */
  readonly reason?: string
}

export type Listener = (happening: Happening) => unknown

export type Listeners = { readonly [Type in EventType as `on${PascalCase<Type>}`]?: Listener | undefined }

/** `signed-in` becomes `onSignedIn`. */
export const listenerName = (type: EventType): keyof Listeners =>
  `on${type.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}` as keyof Listeners

export type Tell = (type: EventType, details: EventDetails) => void

export function createTell(
  listeners: Listeners,
  { clock, log }: { clock: Clock; log: { error(details: object, message: string): void } },
): Tell {
  return (type, { userId, actorId, sid, client, reason }) => {
    const name = listenerName(type)
    const listener = listeners[name]
    if (listener === undefined) return
    const happening: Happening = Object.freeze({
      type,
      at: clock.now(),
      ...(userId !== undefined && { userId }),
      ...(actorId !== undefined && { actorId }),
      ...(sid !== undefined && { sid }),
      ...(client !== undefined && { client: Object.freeze({ ip: client.ip, userAgent: client.userAgent }) }),
      ...(reason !== undefined && { reason }),
    })
    // In a turn of its own: a hook that takes long does not stand between a change and its answer.
    setImmediate(() => {
      new Promise((resolve) => resolve(listener(happening))).catch((error: unknown) =>
        log.error({ err: error, event: type }, `${name} has failed`),
      )
    })
  }
}
