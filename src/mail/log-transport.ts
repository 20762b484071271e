/**
 * Writes mail to the log, for development. The links in it work, so it is refused in production.
 */
import type { MailMessage, MailTransport } from './transport.ts'

/** The last mails of this process, the newest first. */
export interface Mailbox {
  list(): readonly MailMessage[]
}

const MAX_KEPT = 20

export function createLogTransport(log: {
  info(details: object, message: string): void
}): MailTransport & Mailbox {
  const kept: MailMessage[] = []
  return {
    list: () => kept,
    async send(message) {
      kept.unshift(message)
      kept.length = Math.min(kept.length, MAX_KEPT)
      const { from, to, subject, text } = message
      log.info({ mail: { from, to, subject } }, `Mail, which MAIL_URL=log: does not send:\n${text}`)
    },
  }
}
