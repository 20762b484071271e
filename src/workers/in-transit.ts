/**
 * Closes the connection that is on its way to a worker when the worker dies.
 *
 * node:cluster hands one connection at a time to a worker, and waits for its word. If the worker dies
 * before that, the primary process keeps the connection open for ever, and its client waits. Remove
 * this when Node.js closes such a connection itself.
 */
import type { ChildProcess } from 'node:child_process'

interface Closable {
  close(): void
}

export function closeInTransit(worker: ChildProcess): void {
  let inTransit: Closable | undefined
  const send = worker.send as (...given: unknown[]) => boolean
  worker.send = (message: { act?: string }, handle?: unknown, ...rest: unknown[]) => {
    if (message.act === 'newconn') inTransit = handle as Closable
    return send.call(worker, message, handle, ...rest)
  }
  worker.on('internalMessage', ({ ack }: { ack?: number }) => {
    if (ack !== undefined) inTransit = undefined
  })
  worker.once('exit', () => inTransit?.close())
}
