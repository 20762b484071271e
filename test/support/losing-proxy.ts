import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Teardown } from './app.ts'

export interface LosingProxy {
  readonly port: number
  /** Whether requests arrive, but answers break the line instead of coming back. */
  loseAnswers(lose: boolean): void
}

/** A line to a service that a browser can be led over for as long as the test goes on. */
export async function losingProxy(t: Teardown, port: number): Promise<LosingProxy> {
  let losing = false
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
    client.on('data', (bytes) => upstream.write(bytes))
    upstream.on('data', (bytes) => (losing ? client.resetAndDestroy() : client.write(bytes)))
  })
  await once(server.listen(0, 'localhost'), 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswers(lose) {
      losing = lose
    },
  }
}
