/**
 * A signed token and nothing else: no session that could be ended.
 */
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import { reply } from '../reply.ts'

const app = Fastify()
await app.register(fastifyJwt, {
  secret: 'only-for-benchmarks-0123456789-abcdefghij',
  sign: { expiresIn: '1h' },
})

app.post('/sign-in', async () => ({
  authorization: `Bearer ${app.jwt.sign({ sub: reply.user.id, email: reply.user.email })}`,
}))
app.get('/me', { onRequest: (request) => request.jwtVerify() }, async ({ user: { email } }) => ({
  ...reply,
  user: { ...reply.user, email },
}))

await app.listen({ port: Number(process.env.PORT) })
