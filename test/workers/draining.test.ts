import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createDraining } from '../../src/workers/draining.ts'

t.test('ends an open connection with its next answer, and takes no other one', async (t) => {
  const draining = createDraining()
  const server = createServer((_request, response) => response.end('answered'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const ask = async (): Promise<string | undefined> => {
    const [answer] = (await once(get({ port, host: '127.0.0.1', agent }), 'response')) as [IncomingMessage]
    await once(answer.resume(), 'end')
    return answer.headers.connection
  }

  t.equal(await ask(), 'keep-alive')
  const drained = draining.drain()
  t.equal(await ask(), 'close', 'on the connection that was open')
  await drained
  await t.rejects(ask(), { code: 'ECONNREFUSED' })
})
