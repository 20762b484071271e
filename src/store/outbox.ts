/**
 * The contract of the outbox: mail that is written in the transaction of the change that causes it,
 * and sent later. Times are milliseconds since the Unix epoch.
 */
import type { AuthEvent } from './events.ts'

/** A mail that is to be written. */
export interface NewMail {
  /** UUIDv7. The Message-ID is made of it, so that every attempt has the same one. */
  readonly id: string
  /** One of `mailKinds` in mail/kinds.ts. */
  readonly kind: string
  /** The account that the mail is about. */
  readonly userId: string
  /**
   * The address, or null for a decoy. A decoy is written as any other mail and never sent, so that
   * an unknown address costs the same work.
   */
  readonly to: string | null
  /** What the texts are filled with, encrypted: see mail/composer.ts. */
  readonly sealed: Buffer
  readonly createdAt: number
  /** From then on it is not tried again. */
  readonly retryUntil: number
  /** When the link in it expires, or null. Afterwards the mail is of no use. */
  readonly expiresAt: number | null
  /** The mail is left out if the account has `max` mails of its kind since `since`. */
  readonly limit?: { readonly max: number; readonly since: number } | undefined
}

/** A mail of the outbox. */
export interface MailRow extends Omit<NewMail, 'limit' | 'sealed'> {
  /** Null once the mail is sent. */
  readonly sealed: Buffer | null
  /** The attempts so far, with one that is under way. */
  readonly attempts: number
  /** Null if the mail is sent or given up. */
  readonly nextAttemptAt: number | null
  readonly sentAt: number | null
  readonly givenUpAt: number | null
  /** Why the last attempt failed. It has no link. */
  readonly lastError: string | null
}

/** A process asks for a mail to send. */
export interface MailTaking {
  /** Identifies the process. */
  readonly holder: string
  readonly at: number
  /** Until then no other process sends, and the mail is not tried again. */
  readonly leaseUntil: number
}

/** `leased`: another process is sending. `none`: no mail is due. */
export type TakenMail =
  | { readonly kind: 'mail'; readonly mail: MailRow }
  | { readonly kind: 'leased' | 'none' }

/** What became of an attempt. */
export type MailOutcome =
  | { readonly kind: 'sent'; readonly at: number }
  | { readonly kind: 'failed'; readonly nextAttemptAt: number; readonly error: string }
  | { readonly kind: 'given-up'; readonly at: number; readonly error: string; readonly event: AuthEvent }

/** How many mails are in which state. Decoys do not count. */
export interface MailCounts {
  readonly waiting: number
  readonly givenUp: number
}

/** The outbox. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface OutboxStore {
  /** Writes a mail without another change. Returns false if its limit is reached. */
  addMail(mail: NewMail): Promise<boolean>
  /**
   * Takes or renews the lease, and takes the mail that has been due for longest. Its attempt is
   * counted before it is made. A mail that is not settled until `leaseUntil` is due again.
   */
  takeMail(taking: MailTaking): Promise<TakenMail>
  /**
   * Records what became of an attempt. A mail that is sent loses its content. A failure counts only
   * if no other attempt has begun since.
   * @param attempts `attempts` of the mail as it was taken
   * @returns whether the outcome was recorded
   */
  settleMail(id: string, attempts: number, outcome: MailOutcome): Promise<boolean>
  /** Gives the lease back, so that another process goes on at once. */
  releaseOutbox(holder: string): Promise<void>
  /** Returns the newest mail first, without decoys. */
  listMail(limit: number): Promise<MailRow[]>
  countMail(): Promise<MailCounts>
  /**
   * Makes mail due now: what waits for its next attempt, and what was given up. Mail whose link has
   * expired stays as it is.
   * @param id one mail, or undefined for all
   * @returns how many mails are due now
   */
  retryMail(retry: {
    readonly at: number
    readonly retryUntil: number
    readonly id?: string | undefined
  }): Promise<number>
}
