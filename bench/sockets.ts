/**
 * Many requests, no two of them alike. What autocannon and node:http spend on putting a request together would make the
 * sender the slowest part; here it is a text that goes to a socket.
 */
import { connect } from 'node:net'

export interface Requests {
  readonly url: string
  readonly connections: number
  readonly amount: number
  /** The status that every answer must have. */
  readonly status: number
  /** Header lines of the next request. */
  next(): string
}

/** GET /me. @returns how many a second were answered */
export async function sendDifferent(requests: Requests): Promise<number> {
  const begun = performance.now()
  let left = requests.amount
  const take = () => left-- > 0
  await Promise.all(Array.from({ length: requests.connections }, () => converse(requests, take)))
  return requests.amount / ((performance.now() - begun) / 1_000)
}

/** One connection: a request, its answer, the next request, until there is none to take. */
function converse({ url, status, next }: Requests, take: () => boolean): Promise<void> {
  const { hostname, port } = new URL(url)
  const statusLine = `HTTP/1.1 ${status} `
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const send = () => {
      if (take()) socket.write(`GET /me HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${next()}\r\n\r\n`)
      else socket.end()
    }
    let answer = ''
    socket.setEncoding('latin1')
    socket.on('connect', send)
    socket.on('data', (part: string) => {
      answer += part
      if (!isWhole(answer)) return
      if (!answer.startsWith(statusLine)) {
        socket.destroy(new Error(`expected ${status} and got ${answer.slice(0, 200)}`))
        return
      }
      answer = ''
      send()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve())
  })
}

const LENGTH = /\r\ncontent-length: (\d+)/i

/** Answers have a length: the service sends none in pieces. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n')
  if (end === -1) return false
  return answer.length >= end + 4 + Number(LENGTH.exec(answer)?.[1] ?? 0)
}
