import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Teardown } from './app.ts'

export interface QueueingProxy {
  readonly port: number
  /**
   * Holds the next `count` requests until all of them have arrived. The service then gets one after
   * the other, each after the answer to the one before. No answer is passed on before the last: no
   * request can know of the answer to another.
   */
  queue(count: number): void
}

/** A line to a service over which several requests are answered in turn and hear of it at once. */
export async function queueingProxy(t: Teardown, port: number): Promise<QueueingProxy> {
  const sockets = new Set<Socket>()
  const requests: (() => void)[] = []
  const answers: (() => void)[] = []
  let expected = 0

  const server = createServer((client) => {
    const upstream = createConnection({ port, host: 'localhost' })
    const ends = [client, upstream]
    for (const end of ends) {
      sockets.add(end)
      end
        .on('error', () => {})
        .once('close', () => {
          sockets.delete(end)
          for (const other of ends) other.destroy()
        })
    }
    client.on('data', (bytes) => {
      if (expected === 0) return upstream.write(bytes)
      requests.push(() => upstream.write(bytes))
      if (requests.length === expected) requests[0]?.()
    })
    upstream.on('data', (bytes) => {
      if (expected === 0) return client.write(bytes)
      answers.push(() => client.write(bytes))
      if (answers.length < expected) return requests[answers.length]?.()
      expected = 0
      requests.length = 0
      for (const pass of answers.splice(0)) pass()
    })
  })
  await once(server.listen(0, 'localhost'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    queue(count) {
      expected = count
    },
  }
}
