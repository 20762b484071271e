import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  AdministeredUserReplySchema,
  accessChangeSchema,
  invitationSchema,
  presentAdministeredUser,
  UserListQuerySchema,
  UserListSchema,
} from '../../src/schemas/administration.ts'
import { limitOf } from '../../src/schemas/page.ts'
import { UserParamsSchema } from '../../src/schemas/user.ts'
import Type from '../../src/typebox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'

const users: FastifyPluginAsyncTypebox = async (app) => {
  const core = internalsOf(app)
  app.get(
    '/users',
    {
      config: { auth: { permission: 'users:read' } },
      schema: {
        tags: ['administration'],
        summary: 'List accounts, the newest first',
        querystring: UserListQuerySchema,
        response: { 200: UserListSchema },
      },
    },
    async (request) => {
      const { query, signal } = request
      const { entries, nextCursor } = await core.accounts.search(
        { ...query, limit: limitOf(query) },
        { signal },
      )
      return { users: entries.map(presentAdministeredUser), nextCursor }
    },
  )

  app.post(
    '/users',
    {
      config: { auth: { permission: 'users:write' }, refusals: ['ACCOUNT_EXISTS', 'MAIL_OFF'] },
      schema: {
        tags: ['administration'],
        summary: 'Invite a person: an account without a password, and a mail with a link to choose one',
        description:
          'The link works once, for seven days. An account that still has no password is invited again: the new link voids the last one. The role may not permit more than that of the caller.',
        body: invitationSchema(core.roles.names),
        response: { 201: AdministeredUserReplySchema },
      },
    },
    async (request, reply) => {
      const locale = request.body.locale ?? core.preferredLanguage(request.headers['accept-language'])
      const user = await core.invitations.invite({ ...request.body, locale }, core.actor(request))
      reply.code(201)
      return { user: presentAdministeredUser(user) }
    },
  )

  app.get(
    '/users/:userId',
    {
      config: { auth: { permission: 'users:read' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'Read an account, with the fields for administrators',
        params: UserParamsSchema,
        response: { 200: AdministeredUserReplySchema },
      },
    },
    async ({ params }) => ({ user: presentAdministeredUser(await core.accounts.get(params.userId)) }),
  )

  app.patch(
    '/users/:userId',
    {
      config: { auth: { permission: 'users:write' }, refusals: ['NOT_FOUND', 'LAST_ADMINISTRATOR'] },
      schema: {
        tags: ['administration'],
        summary: 'Change the role, disable, or require a new password',
        description:
          'Takes effect at the next request. Disabling ends every session of the account. The last enabled administrator can be neither demoted nor disabled.',
        params: UserParamsSchema,
        body: accessChangeSchema(core.roles.names),
        response: { 200: AdministeredUserReplySchema },
      },
    },
    async (request) => {
      const { params, body } = request
      return {
        user: presentAdministeredUser(
          await core.accounts.changeAccess(params.userId, body, core.actor(request)),
        ),
      }
    },
  )

  app.delete(
    '/users/:userId',
    {
      config: { auth: { permission: 'users:write' }, refusals: ['NOT_FOUND', 'LAST_ADMINISTRATOR'] },
      schema: {
        tags: ['administration'],
        summary: 'Delete the account of another person',
        description:
          'The account and its sessions are deleted at once. Its events stay. The last enabled administrator cannot be deleted, and callers delete their own account by DELETE /me.',
        params: UserParamsSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.accounts.deleteAccount({ id: request.params.userId }, core.actor(request))
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/users/:userId/unlock',
    {
      config: { auth: { permission: 'users:write' }, refusals: ['NOT_FOUND'] },
      schema: {
        tags: ['administration'],
        summary: 'Clear failed sign-ins',
        description:
          'Clients that the account does not know may try again at once. Sessions are not ended. Also answers 204 if there were no failures.',
        params: UserParamsSchema,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await core.accounts.unlock(await core.accounts.get(request.params.userId), core.actor(request))
      return reply.code(204).send(null)
    },
  )
}

export default users
