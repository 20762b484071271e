/**
 * Sends the mail of the outbox.
 *
 * Threat: a mail server that is down, slow or refuses delays or fails a request, or a mail is lost
 * or sent twice.
 * Guarantee: requests only write rows. One process at a time sends, under a lease in the database.
 * An attempt is counted before it is made. A mail is tried with growing pauses for a day, or until
 * its link expires, and its end without success is an event. A sent mail loses its content.
 * Limits: a process that dies between sending and recording it sends the mail again, with the same
 * Message-ID: mail programs and servers then show it once.
 * Source: transactional outbox; RFC 5321 sections 4.2.5 and 4.5.4.1, RFC 5322 section 3.6.4.
 */
import { randomUUID } from 'node:crypto'
import type { Events } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { MailRow, OutboxStore } from '../store/outbox.ts'
import type { Letters } from './letters.ts'
import { nextAttemptAt } from './retry.ts'
import { MailError, type MailFailure, type MailTransport } from './transport.ts'

export interface OutboxOptions {
  readonly store: OutboxStore
  readonly clock: Clock
  readonly events: Events
  readonly log: OutboxLog
  readonly letters: Letters
  readonly transport: MailTransport
  /** A `Name <address>`. */
  readonly from: string
}

interface OutboxLog {
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

export interface Outbox {
  /** Sends what is due now. Never rejects. */
  sendDue(): Promise<void>
  /** Looks for mail every second. */
  start(): void
  /** Ends after the mail that is being sent, or after a few seconds. */
  close(): Promise<void>
}

/** Longer than an attempt may take. */
export const LEASE_MS = 90_000
/**
 * A change does not wake the outbox: the time of the next answers would tell whether a mail is sent
 * because of it.
 */
const LOOK_EVERY_MS = 1_000
const CLOSE_LIMIT_MS = 5_000

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, clock, log } = options
  const holder = randomUUID()
  const deliver = createDelivery(options)
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isClosed = false

  /** Returns whether to go on with the next mail. */
  async function sendOne(): Promise<boolean> {
    const at = clock.now()
    const taken = await store.takeMail({ holder, at, leaseUntil: at + LEASE_MS })
    return taken.kind === 'mail' && (await deliver(taken.mail))
  }

  async function run(): Promise<void> {
    try {
      while (!isClosed && (await sendOne()));
    } catch (error) {
      log.error({ err: error }, 'The outbox could not be read')
    }
  }

  async function sendDue(): Promise<void> {
    // What was written while another run looked may not have been seen by it.
    while (running !== undefined) await running
    running = run()
    await running
    running = undefined
  }

  const look = () => {
    if (running === undefined) void sendDue()
  }

  return {
    sendDue,
    start() {
      timer = setInterval(look, LOOK_EVERY_MS)
      timer.unref()
    },
    async close() {
      isClosed = true
      clearInterval(timer)
      let limit: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => {
        limit = setTimeout(resolve, CLOSE_LIMIT_MS)
      })
      await Promise.race([running, late])
      clearTimeout(limit)
      await store.releaseOutbox(holder).catch(() => {})
    },
  }
}

/** @returns a function that sends one mail, and returns whether other mail may be sent now */
function createDelivery({ store, clock, events, log, letters, transport, from }: OutboxOptions) {
  // The setting has an address.
  const [, domain] = /@([^\s>]+)/.exec(from) as RegExpExecArray

  async function send(mail: MailRow): Promise<void> {
    const letter = letters.write(mail)
    if (letter === null) throw new MailError('later', 'SECRET_KEY does not open the mail')
    // A decoy has cost the same work until here.
    if (mail.to === null) return
    const messageId = `${mail.id}@${domain}`
    await transport.send({ messageId, from, to: mail.to, date: new Date(mail.createdAt), ...letter })
  }

  async function failed(mail: MailRow, failure: MailFailure, error: string): Promise<void> {
    const { id, attempts, kind, userId } = mail
    const now = clock.now()
    const next = failure === 'never' ? null : nextAttemptAt(mail, now)
    log.warn({ mail: { id, kind, attempts, error } }, 'A mail could not be sent')
    if (next !== null) {
      await store.settleMail(id, attempts, { kind: 'failed', nextAttemptAt: next, error })
      return
    }
    const details = { userId, reason: `${kind}: ${error}` }
    const event = events.rowOf('mail-given-up', details)
    if (await store.settleMail(id, attempts, { kind: 'given-up', at: now, error, event }))
      events.announce('mail-given-up', details)
  }

  return async (mail: MailRow): Promise<boolean> => {
    // The link has expired while no process was sending.
    if (mail.expiresAt !== null && mail.expiresAt <= clock.now()) {
      await failed(mail, 'never', 'The link has expired')
      return true
    }
    try {
      await send(mail)
    } catch (error) {
      // Any other error comes from a text of the application.
      const { failure, message } =
        error instanceof MailError ? error : new MailError('later', (error as Error).message)
      await failed(mail, failure, message)
      return failure !== 'server'
    }
    await store.settleMail(mail.id, mail.attempts, { kind: 'sent', at: clock.now() })
    return true
  }
}
