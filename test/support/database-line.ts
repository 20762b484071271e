import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Teardown } from './app.ts'

/** The network between a node and its database. */
export interface DatabaseLine {
  /** The URL of the database at the end of this line. */
  readonly url: string
  /** Swallows every byte of both directions. Connections stay open, and new ones are accepted. */
  swallow(): void
  /** Swallows what the server answers. What it is asked still arrives. */
  swallowAnswers(): void
  /** Lets bytes pass again. Connections that have lost some are broken off. */
  mend(): void
  /** Breaks every connection. */
  sever(): void
  /** Breaks every connection, and leads new ones to another server. */
  leadTo(database: string): void
}

export async function databaseLine(t: Teardown, database: string): Promise<DatabaseLine> {
  let target = new URL(database)
  const sockets = new Set<Socket>()
  let isSwallowing = { requests: false, answers: false }

  const sever = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const server = createServer((client) => {
    const upstream = createConnection({ port: Number(target.port), host: target.hostname })
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
    client.on('data', (bytes) => void (isSwallowing.requests || upstream.write(bytes)))
    upstream.on('data', (bytes) => void (isSwallowing.answers || client.write(bytes)))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => {
    sever()
    server.close()
  })
  const url = new URL(database)
  url.hostname = '127.0.0.1'
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.href,
    swallow() {
      isSwallowing = { requests: true, answers: true }
    },
    swallowAnswers() {
      isSwallowing = { requests: false, answers: true }
    },
    mend() {
      isSwallowing = { requests: false, answers: false }
      sever()
    },
    sever,
    leadTo(other) {
      target = new URL(other)
      sever()
    },
  }
}
