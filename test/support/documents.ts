import type { FastifyInstance } from 'fastify'
import type { Guard } from '../../src/access/guards.ts'

/** The roles of an application that keeps documents. Several roles share the permission to read. */
export const documentRoles = {
  reader: ['documents:read'],
  editor: ['documents:read', 'documents:publish'],
}

const guards = {
  '/documents/archive': { role: 'admin' },
  '/documents': { permission: 'documents:read' },
  '/users/:userId/documents': { owner: 'params.userId' },
  '/users/:userId/documents/published': {
    owner: 'params.userId',
    role: ['editor', 'admin'],
    permission: 'documents:publish',
  },
  '/users/:userId/documents/removed': {
    owner: 'params.userId',
    permission: 'documents:publish',
    or: { role: 'admin' },
  },
} as const satisfies Record<string, Guard>

export type DocumentPath = keyof typeof guards

/**
 * A resource of the application, guarded by role, by permission, by owner, by all of them, and by
 * alternatives.
 */
export function documentRoutes(app: FastifyInstance): void {
  for (const [path, auth] of Object.entries(guards)) {
    app.get(path, { config: { auth } }, async ({ principal }) => ({ for: principal.user.email }))
  }
}
