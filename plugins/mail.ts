import fp from 'fastify-plugin'
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
    const { config, keys, store, clock, events, watchMail } = internalsOf(app)

    /** Development without an ISSUER is reached at the port that it listens on. */
    function publicUrl(): string {
      const address = app.server.address()
      if (config.publicUrl !== undefined) return config.publicUrl
      const hasPort = address !== null && typeof address === 'object'
      return hasPort ? `${config.issuer}:${address.port}` : config.issuer
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
