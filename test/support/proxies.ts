import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Teardown } from './app.ts'

type Pass = (client: Socket, upstream: Socket, bytes: Buffer) => void

/** A proxy to a port until the test ends. @returns its own port */
async function proxy(
  t: Teardown,
  port: number,
  { onRequest, onAnswer }: { readonly onRequest: Pass; readonly onAnswer: Pass },
): Promise<number> {
  const sockets = new Set<Socket>()
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
    client.on('data', (bytes) => onRequest(client, upstream, bytes))
    upstream.on('data', (bytes) => onAnswer(client, upstream, bytes))
  })
  await once(server.listen(0, 'localhost'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

export interface LosingProxy {
  readonly port: number
  /** Whether answers break the connection. Requests still arrive. */
  loseAnswers(lose: boolean): void
}

/** A proxy that can lose the answers of the service. */
export async function losingProxy(t: Teardown, port: number): Promise<LosingProxy> {
  let losing = false
  const own = await proxy(t, port, {
    onRequest: (_client, upstream, bytes) => upstream.write(bytes),
    onAnswer: (client, _upstream, bytes) => (losing ? client.resetAndDestroy() : client.write(bytes)),
  })
  return {
    port: own,
    loseAnswers(lose) {
      losing = lose
    },
  }
}

export interface QueueingProxy {
  readonly port: number
  /**
   * Holds the next `count` requests until all of them have arrived. The service then gets one after
   * the other, each after the answer to the one before. No answer is passed on before the last: no
   * request can know of the answer to another.
   */
  queue(count: number): void
}

/** A proxy that can send requests one after the other, and return their answers together. */
export async function queueingProxy(t: Teardown, port: number): Promise<QueueingProxy> {
  const requests: (() => void)[] = []
  const answers: (() => void)[] = []
  let expected = 0
  const own = await proxy(t, port, {
    onRequest(_client, upstream, bytes) {
      if (expected === 0) return upstream.write(bytes)
      requests.push(() => upstream.write(bytes))
      if (requests.length === expected) requests[0]?.()
    },
    onAnswer(client, _upstream, bytes) {
      if (expected === 0) return client.write(bytes)
      answers.push(() => client.write(bytes))
      if (answers.length < expected) return requests[answers.length]?.()
      expected = 0
      requests.length = 0
      for (const pass of answers.splice(0)) pass()
    },
  })
  return {
    port: own,
    queue(count) {
      expected = count
    },
  }
}
