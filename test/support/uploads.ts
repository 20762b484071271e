import type { FastifyInstance, FastifyRequest } from 'fastify'
import { buildApp, type Teardown, type TestApp, type TestAppOptions } from './app.ts'
import type { Jar } from './jar.ts'
import { begin, listen, readAnswer, type SocketAnswer } from './socket.ts'

const UPLOAD = { method: 'POST', url: '/upload' } as const

/** An upload of which half has been sent. */
export interface Upload {
  /** Sends the other half. */
  finish(): Promise<SocketAnswer>
}

export interface UploadApp extends TestApp {
  readonly port: number
  /** The bodies that the route's handler was called with. */
  readonly received: unknown[]
  /** Begins an upload, and waits until the service has authenticated its head. */
  upload(jar: Jar): Promise<Upload>
}

/** The body of an upload. */
export const CARGO = { text: 'half of it '.repeat(1_000), end: true }

export interface UploadOptions extends Omit<TestAppOptions, 'routes'> {
  /** Receives the request that the route's handler is called with. */
  readonly seen?: (request: FastifyRequest) => void
  /** Adds routes of the test's own. */
  readonly more?: (app: FastifyInstance) => void
}

/** The service with a guarded route that takes an upload, over a real connection. */
export async function buildUploadApp(
  t: Teardown,
  { seen, more, ...options }: UploadOptions = {},
): Promise<UploadApp> {
  const received: unknown[] = []
  let arrived = Promise.withResolvers<void>()
  const routes = (app: FastifyInstance): void => {
    // After the hooks of the service: the sender is authenticated, and the body is not read yet.
    app.addHook('onRoute', (route) => {
      route.preParsing = [...[route.preParsing ?? []].flat(), async () => arrived.resolve()]
    })
    more?.(app)
    app.post(UPLOAD.url, async (request) => {
      seen?.(request)
      received.push(request.body)
      return { kept: received.length }
    })
  }
  const service = await buildApp(t, { ...options, routes })
  const port = await listen(service)

  return {
    ...service,
    port,
    received,
    async upload(jar) {
      arrived = Promise.withResolvers<void>()
      const body = JSON.stringify(CARGO)
      const half = body.length >> 1
      const { outgoing, head } = begin(port, UPLOAD, jar, { 'content-type': 'application/json' })
      // The service waits for uploads as it closes. An upload of a failed test must not block it.
      t.teardown(() => outgoing.destroy())
      outgoing.write(body.slice(0, half))
      await arrived.promise
      return {
        finish() {
          outgoing.end(body.slice(half))
          return readAnswer(head)
        },
      }
    },
  }
}
