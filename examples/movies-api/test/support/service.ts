import type { InjectOptions } from 'fastify'
import { roles } from '../../auth/roles.ts'
import { buildApp } from '../../src/app.ts'
import { ISSUER, type Issuer, startIssuer } from './issuer.ts'

interface Teardown {
  teardown(close: () => unknown): unknown
}

/** The service on a database in memory, beside an issuer. */
export async function startService(t: Teardown) {
  const issuer = await startIssuer()
  t.teardown(() => issuer.close())
  const app = await buildApp({
    databaseFile: ':memory:',
    verifier: { issuer: ISSUER, url: issuer.url, roles },
  })
  t.teardown(() => app.close())

  /** A request of an account. */
  const as = async (userId: string, request: InjectOptions, claims?: Parameters<Issuer['tokenFor']>[1]) =>
    app.inject({
      ...request,
      headers: { authorization: `Bearer ${await issuer.tokenFor(userId, claims)}`, ...request.headers },
    })
  return { app, issuer, as }
}

export const post = (payload: object) => ({ method: 'POST', url: '/movies', payload }) as const
export const patch = (id: number, payload: object) =>
  ({ method: 'PATCH', url: `/movies/${id}`, payload }) as const
export const remove = (id: number) => ({ method: 'DELETE', url: `/movies/${id}` }) as const
