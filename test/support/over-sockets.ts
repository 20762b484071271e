import { Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Teardown, TestApp } from './app.ts'
import { listen, readAnswer } from './socket.ts'

/**
 * The same service, which listens and is asked over TCP connections that are kept open, as a
 * browser keeps them. A payload that is a stream is sent as it comes.
 */
export async function overSockets(t: Teardown, service: TestApp): Promise<TestApp> {
  const port = await listen(service)
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())

  return {
    ...service,
    async request(options, jar) {
      const cookie = jar?.header()
      const answer = await ask(agent, port, {
        ...options,
        headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...options.headers },
      })
      jar?.take(answer.headers['set-cookie'])
      return answer
    },
  }
}

/** @returns the parts of an answer that the tests read */
async function ask(agent: Agent, port: number, options: InjectOptions): Promise<LightMyRequestResponse> {
  const { method = 'GET', url, headers, payload } = options
  const isStream = payload instanceof Readable
  const body = payload === undefined || isStream ? undefined : JSON.stringify(payload)
  const outgoing = httpRequest({
    agent,
    port,
    method,
    path: String(url),
    headers: {
      ...(body !== undefined && {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
      ...(headers as OutgoingHttpHeaders),
    },
  })
  const head = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject)
  })
  if (isStream) {
    outgoing.flushHeaders()
    payload.pipe(outgoing)
  } else {
    outgoing.end(body)
  }
  const answer = await readAnswer(head)
  return { ...answer, json: () => JSON.parse(answer.body) } as unknown as LightMyRequestResponse
}
