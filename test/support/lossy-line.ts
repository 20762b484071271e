import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One arrival of the request at the service. */
export interface Delivery {
  /** Which of the upstream ports. */
  readonly upstream: number
  readonly delayMs: number
  /** How long it took by the service's clock, which stands still unless it is moved. */
  readonly secondsOnTheWay: number
  /** The part of the request that arrives before the line breaks; 1 is all of it. */
  readonly share: number
}

/** The faults of a request and its response on the way. */
export interface Misfortune {
  /** None: the request is lost. Two: it arrives twice. */
  readonly deliveries: readonly Delivery[]
  /** Whose response goes back to the client. */
  readonly answeredBy: number
  readonly responseDelayMs: number
  /** The part of the response that arrives before the line breaks: 0 is none of it, 1 is all. */
  readonly responseShare: number
  /** A line that breaks is reset; otherwise it ends as if all were well. */
  readonly reset: boolean
}

export interface LossyLine {
  readonly port: number
  /** Resolves when all data on the line has arrived or is lost. */
  readonly drained: Promise<unknown>
}

const HEAD_END = '\r\n\r\n'

/**
 * A proxy for a single request without a body, which brings that misfortune upon it.
 * @param arriving called when a delivery is about to reach the service
 */
export async function lossyLine(
  upstreams: readonly number[],
  misfortune: Misfortune,
  arriving: (delivery: Delivery) => void,
): Promise<LossyLine> {
  const { deliveries, answeredBy, responseDelayMs, responseShare, reset } = misfortune
  const breakOff = (socket: Socket) => (reset ? socket.resetAndDestroy() : socket.destroy())

  async function deliver(request: Buffer, delivery: Delivery): Promise<Buffer> {
    const { upstream, delayMs, share } = delivery
    await sleep(delayMs)
    arriving(delivery)
    const socket = connect(upstreams[upstream % upstreams.length] as number)
    await once(socket, 'connect')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.write(part(request, share), () => share < 1 && breakOff(socket))
    await closed(socket)
    return Buffer.concat(chunks)
  }

  async function serve(client: Socket): Promise<void> {
    const gone = closed(client)
    const request = await readHead(client)
    const copies = deliveries.map((delivery) => deliver(request, delivery))
    const response = await copies[answeredBy % copies.length]
    await sleep(responseDelayMs)
    if (response === undefined || response.length === 0) breakOff(client)
    else if (responseShare === 1) client.end(response)
    else client.write(part(response, responseShare), () => breakOff(client))
    await Promise.all([gone, ...copies])
  }

  const server = createServer()
  const drained = once(server, 'connection').then(([client]) => {
    server.close()
    return serve(client as Socket)
  })
  await once(server.listen(0, 'localhost'), 'listening')
  return { port: (server.address() as AddressInfo).port, drained }
}

const part = (bytes: Buffer, share: number): Buffer => bytes.subarray(0, Math.floor(bytes.length * share))

function connect(port: number): Socket {
  const socket = createConnection({ port, host: 'localhost' })
  return socket.on('error', () => {})
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.on('error', () => {}).once('close', () => resolve()))

async function readHead(socket: Socket): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  while (!bytes.includes(HEAD_END)) bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0]])
  return bytes
}
