/** What a service sees that imports `tacit-auth/verifier` alone: its own program, as outside.ts is. */
import Fastify, { type FastifyInstance } from 'fastify'
import {
  type AccessClaims,
  AuthError,
  createVerifier,
  type Guard,
  tacitVerifier,
  type VerifiedPrincipal,
} from '../../../src/verifier/index.ts'

const app: FastifyInstance = Fastify()
await app.register(tacitVerifier, { issuer: 'https://auth.example.com', defaultAuth: { role: 'admin' } })
// @ts-expect-error the issuer is needed
await app.register(tacitVerifier, { audience: 'movies' })
// @ts-expect-error no option has this name
await app.register(tacitVerifier, { issuer: 'https://auth.example.com', audence: 'movies' })
// @ts-expect-error a symmetric key can sign
createVerifier({ issuer: 'https://auth.example.com', algorithms: ['HS256'] })
createVerifier({
  issuer: 'https://auth.example.com',
  // @ts-expect-error it fails open or closed
  revocations: { clientId: '', clientSecret: '', fail: 'x' },
})

const handler = async () => null
app.get('/', { config: { auth: 'public' } }, handler)
app.get('/:id', { config: { auth: { owner: 'params.id', or: { role: 'admin' } } } }, handler)
// @ts-expect-error rol is no part of a rule
app.get('/', { config: { auth: { rol: 'admin' } } }, handler)
export const guard: Guard = { permission: 'movies:write' }

app.get('/me', async ({ principal }) => {
  const known: VerifiedPrincipal = principal
  const claims: AccessClaims = principal.claims
  // @ts-expect-error the verifier knows no account
  return [known.userId, known.expiresAt, claims.exp, principal.user]
})

app.log.info(new AuthError('TOKEN_EXPIRED').code)
const { verify, close } = createVerifier({ issuer: 'https://auth.example.com', log: app.log })
export const claims: AccessClaims = await verify('token')
await close()
