/**
 * What everything is compared with: the framework, one route, a reply of the size of GET /me, no plugin.
 */
import Fastify from 'fastify'
import { reply } from './reply.ts'

const app = Fastify()
app.get('/me', async () => reply)
await app.listen({ port: Number(process.env.PORT) })
