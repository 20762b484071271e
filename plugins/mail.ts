import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Config } from '../src/config/config.ts'
import { preferredLanguage } from '../src/mail/language.ts'
import { createMail, type Mail, type MailOptions } from '../src/mail/mail.ts'
import { mailboxPage } from '../src/mail/mailbox-page.ts'
import type { MailMessage } from '../src/mail/transport.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    mail: Mail
    /** The first language of an Accept-Language header, or null. */
    preferredLanguage(header: string | undefined): string | null
    /** The page with the mail that `log:` did not send. */
    mailboxPage(messages: readonly MailMessage[]): string
  }
}

export interface MailPluginOptions {
  /** How the mail looks and travels. */
  readonly mail?: MailOptions
}

/** Writes mail, and sends the mail of the outbox. */
export default fp<MailPluginOptions>(
  async (app, options) => {
    const { config, keys, store, clock, events, watchMail, scope } = internalsOf(app)

    const prefix = app.prefix + scope.prefix

    function publicUrl(): string {
      if (config.publicUrl !== undefined) return config.publicUrl
      const origin = originOf(app, config).replace(/\/+$/, '')
      // The issuer may have the prefix as its path.
      return origin.endsWith(prefix) ? origin : `${origin}${prefix}`
    }

    const { log } = app
    const mail = await createMail(
      { config, keys: keys.mail, store, clock, events, log, publicUrl },
      options.mail,
    )
    provide(app, {
      mail,
      preferredLanguage,
      mailboxPage: (messages) => mailboxPage(messages, internalsOf(app).pageFiles?.styles ?? []),
    })
    const { outbox } = mail
    if (outbox === null) {
      if (config.production)
        log.warn(
          'MAIL_URL is not set: no mail is sent, and a forgotten password cannot be replaced by its owner',
        )
      return
    }
    watchMail(() => store.countMail())
    app.addHook('onReady', async () => outbox.start())
    app.addHook('onClose', () => outbox.close())
  },
  { name: 'mail', dependencies: ['env', 'clock', 'database', 'events', 'metrics'] },
)

/** Development without an ISSUER is reached at the port that it listens on. */
function originOf(app: FastifyInstance, { issuer, issuerGiven }: Config): string {
  const address = app.server.address()
  const isListening = address !== null && typeof address === 'object'
  return isListening && !issuerGiven ? `${issuer}:${address.port}` : issuer
}
