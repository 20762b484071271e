import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import {
  AdministeredUserReplySchema,
  accessChangeSchema,
  presentAdministeredUser,
  UserListQuerySchema,
  UserListSchema,
} from '../../src/schemas/administration.ts'
import { limitOf } from '../../src/schemas/page.ts'
import { UserParamsSchema } from '../../src/schemas/user.ts'

const users: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/users',
    {
      config: { auth: { permission: 'users:read' } },
      schema: {
        tags: ['administration'],
        summary: 'Accounts, the newest first',
        querystring: UserListQuerySchema,
        response: { 200: UserListSchema },
      },
    },
    async (request) => {
      const { query, signal } = request
      const { entries, nextCursor } = await app.accounts.search(
        { ...query, limit: limitOf(query) },
        { signal },
      )
      return { users: entries.map(presentAdministeredUser), nextCursor }
    },
  )

  app.get(
    '/users/:userId',
    {
      config: { auth: { permission: 'users:read' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'One account, as administrators see it',
        params: UserParamsSchema,
        response: { 200: AdministeredUserReplySchema },
      },
    },
    async ({ params }) => ({ user: presentAdministeredUser(await app.accounts.get(params.userId)) }),
  )

  app.patch(
    '/users/:userId',
    {
      config: { auth: { permission: 'users:write' }, refusals: ['NOT_FOUND', 'LAST_ADMINISTRATOR'] },
      schema: {
        tags: ['administration'],
        summary: 'Change the role, disable, or require a new password',
        description:
          'Effective at the next request. Disabling ends every session. The last administrator stays one.',
        params: UserParamsSchema,
        body: accessChangeSchema(app.roles.names),
        response: { 200: AdministeredUserReplySchema },
      },
    },
    async (request) => {
      const { params, body } = request
      return {
        user: presentAdministeredUser(await app.accounts.changeAccess(params.userId, body, request.actor())),
      }
    },
  )

  app.post(
    '/users/:userId/unlock',
    {
      config: { auth: { permission: 'users:write' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'Forget failed sign-ins',
        description:
          'Clients that the account does not know may try again at once. Sessions go on. 204 too when there was nothing to forget.',
        params: UserParamsSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await app.accounts.unlock(await app.accounts.get(request.params.userId), request.actor())
      return reply.code(204).send(null)
    },
  )
}

export default users
