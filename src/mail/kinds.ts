/** The kinds of mail, and what a mail is filled with. Times are milliseconds since the Unix epoch. */

export const mailKinds = [
  'password-reset',
  'password-changed',
  'session-reused',
  'account-disabled',
  'account-deleted',
  'new-sign-in',
  'email-confirmation',
  'registration',
  'registration-attempt',
  'invitation',
  'email-change',
  'email-taken',
  'email-change-requested',
  'email-changed',
  'email-restored',
  'email-removed',
] as const

export type MailKind = (typeof mailKinds)[number]

/** Whether the owner, a mailed link or an operator made a change. */
export type ChangedBy = 'owner' | 'link' | 'operator'

/** The facts of a mail. They are kept encrypted until the mail is sent. */
export interface MailFacts {
  /** When the change happened. */
  readonly at: number
  /** The one-time token of the link. A secret. */
  readonly token?: string | undefined
  /** How long the link works. */
  readonly minutes?: number | undefined
  readonly by?: ChangedBy | undefined
  /** The client that made the change. */
  readonly ip?: string | undefined
  readonly userAgent?: string | undefined
}

/** What is encrypted in the outbox. */
export interface MailPayload {
  /** The language of the account, or null. */
  readonly locale: string | null
  readonly facts: MailFacts
}
