/** What the outbox needs of a way to send mail. */

/** A mail that is ready to be sent. */
export interface MailMessage {
  /** Without the angle brackets. The same at every attempt. */
  readonly messageId: string
  /** A `Name <address>`. */
  readonly from: string
  /** One address. */
  readonly to: string
  readonly date: Date
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface MailTransport {
  /** Resolves when the mail server has taken the mail. Rejects with a MailError. */
  send(message: MailMessage): Promise<void>
}

/**
 * Why a mail was not sent.
 * - `later`: the server refuses this mail for now.
 * - `never`: the server refuses this mail for ever, such as an address that does not exist.
 * - `server`: the server cannot be reached or refuses the service. Other mail would fail as well.
 */
export type MailFailure = 'later' | 'never' | 'server'

export class MailError extends Error {
  override readonly name = 'MailError'
  readonly failure: MailFailure

  constructor(failure: MailFailure, message: string) {
    super(withoutLinks(message))
    this.failure = failure
  }
}

const MAX_LENGTH = 200

/** A mail server may quote the mail that it refuses, with its link. */
const withoutLinks = (text: string): string =>
  text
    .replace(/\S*(:\/\/|#\/)\S*|[\w-]{32,}/g, '[removed]')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MAX_LENGTH)
