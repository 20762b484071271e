import type { FastifyPluginAsync } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'

/**
 * The mail that `MAIL_URL=log:` does not send, for the link "open the mail" of the pages. In
 * development only: every visitor sees the mail of every account.
 */
const mail: FastifyPluginAsync = async (app) => {
  const core = internalsOf(app)
  const { mailbox } = core.mail
  if (!core.config.development || mailbox === null) return
  app.get('/mail', { config: { auth: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    // The link must not wait for the next look at the outbox.
    await core.mail.outbox?.sendDue()
    reply.header('cache-control', 'no-store')
    return reply.type('text/html; charset=utf-8').send(core.mailboxPage(mailbox.list()))
  })
}

export default mail
