import { type Method, send } from '../api.ts'
import type { Exchange } from './timeline.ts'
import { readTold } from './told.ts'

type Listener = (exchange: Exchange) => void

const listeners = new Set<Listener>()
const otherTabs = new BroadcastChannel('tacit-live')
otherTabs.onmessage = ({ data }: MessageEvent<Exchange>) => tell({ ...data, elsewhere: true })

/** Hears of every request of the Live pages, in whichever tab: once when it goes out, once when it is over. */
export function onExchange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Makes a request and tells of it. */
export const exchange = (method: Method, path: string, signal?: AbortSignal): Promise<Exchange> =>
  follow(`${method} ${path}`, () => send(method, path, undefined, signal))

/** Reports a request that the user makes. @param request its method and path */
export async function follow(request: string, make: () => Promise<Response>): Promise<Exchange> {
  const begun = { id: crypto.randomUUID(), request, startedAt: Date.now() }
  tell(begun)
  otherTabs.postMessage(begun)
  const over = { ...begun, ...(await outcomeOf(make)), endedAt: Date.now() }
  tell(over)
  otherTabs.postMessage(over)
  return over
}

async function outcomeOf(make: () => Promise<Response>) {
  try {
    const response = await make()
    await response.arrayBuffer()
    const told = readTold(response.headers.get('server-timing'))
    return { status: response.status, ...(told && { told }) }
  } catch {
    return {}
  }
}

function tell(exchange: Exchange): void {
  for (const listener of listeners) listener(exchange)
}
