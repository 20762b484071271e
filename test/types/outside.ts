/**
 * What an application sees that imports the public face alone: its own program, by tsconfig.json
 * beside this file. `npm run typecheck` compiles it and runs nothing. An expected error that does
 * not happen fails the compilation.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import {
  type Account,
  type Guard,
  type Principal,
  type Rule,
  type SessionInfo,
  tacit,
} from '../../src/index.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import type { UserRow } from '../../src/store/user-row.ts'

const app: FastifyInstance = Fastify()
await app.register(fp(tacit), { environment: { NODE_ENV: 'test' } })
await app.register(tacit, { accessTokenTtl: '5m', pages: false, port: 0, routes: { admin: false } })
await app.register(tacit, { registration: 'closed', onSignedIn: ({ userId }) => userId?.length })
// @ts-expect-error no option has this name
await app.register(tacit, { acessTokenTtl: '5m' })
// @ts-expect-error a switch takes true or false
await app.register(tacit, { pages: 'yes' })
// @ts-expect-error registration is open or closed
await app.register(tacit, { registration: 'shut' })
// @ts-expect-error no group has this name
await app.register(tacit, { routes: ['admn'] })

const handler = async () => null

// Guards that exist.
app.get('/', handler)
app.get('/', { config: { auth: 'public' } }, handler)
app.get('/', { config: { auth: 'signed-in' } }, handler)
app.get('/', { config: { auth: { role: ['admin', 'editor'], permission: 'users:read' } } }, handler)
app.get('/:id', { config: { auth: { owner: 'params.id', or: { role: 'admin' } } } }, handler)
app.route({ method: 'GET', url: '/', config: { auth: { permission: 'users:read' } }, handler })
app.get('/', { config: { auth: { client: true } } }, handler)
app.get('/', { config: { auth: { client: true, or: { permission: 'users:read' } } } }, handler)
app.get('/', { config: { auth: { client: true, or: 'signed-in' } } }, handler)

// @ts-expect-error rol is no part of a rule
app.get('/', { config: { auth: { rol: 'admin' } } }, handler)
// @ts-expect-error no guard has this name
app.get('/', { config: { auth: 'sgned-in' } }, handler)
// @ts-expect-error no guard has this name
app.get('/', { config: { auth: 'Public' } }, handler)
// @ts-expect-error a rule has at least one part
app.get('/', { config: { auth: {} } }, handler)
// @ts-expect-error an alternative alone is no rule
app.get('/', { config: { auth: { or: { role: 'admin' } } } }, handler)
// @ts-expect-error rol is no part of the alternative
app.get('/', { config: { auth: { role: 'admin', or: { rol: 'editor' } } } }, handler)
// @ts-expect-error an owner is named by params
app.get('/:id', { config: { auth: { owner: 'query.id' } } }, handler)
// @ts-expect-error client is true, or left out
app.get('/', { config: { auth: { client: false } } }, handler)
// @ts-expect-error a route for every client needs no registered clients
app.get('/', { config: { auth: { client: true, or: 'public' } } }, handler)
// @ts-expect-error clien is no part of a guard
app.get('/', { config: { auth: { clien: true } } }, handler)
// @ts-expect-error a guard is no boolean
app.get('/', { config: { auth: true } }, handler)
// @ts-expect-error a guard is no null
app.get('/', { config: { auth: null } }, handler)
// @ts-expect-error a guard is no list
app.get('/', { config: { auth: ['admin'] } }, handler)
// @ts-expect-error the long form of a route is checked as well
app.route({ method: 'GET', url: '/', config: { auth: { rol: 'admin' } }, handler })

// A guard of its own type is exact.
export const guard: Guard = { role: 'admin' }
// @ts-expect-error permision is no part of a rule
export const misspelt: Rule = { role: 'admin', permision: 'users:read' }

// The caller.
app.get('/me', async ({ principal }) => {
  const known: Principal = principal
  const email: string = known.user.email
  // @ts-expect-error an account has no such property
  return [email, principal.user.emial]
})

// A row, which holds a secret, is neither an account nor session information.
declare const user: UserRow
declare const session: SessionRow
// @ts-expect-error a row has a password hash
export const account: Account = user
// @ts-expect-error a row has a seed
export const info: SessionInfo = session

// Hooks and scopes.
app.get('/hook', { config: { auth: 'public' }, preHandler: app.tacit.authenticate }, handler)
app.register(async (scope) => {
  scope.addHook('preHandler', scope.tacit.authenticate)
  scope.defaultGuard = { role: 'admin' }
  // @ts-expect-error rol is no part of a rule
  scope.defaultGuard = { rol: 'admin' }
  scope.get('/', { config: { refusals: ['NOT_FOUND'], limit: 'strict' } }, handler)
})
