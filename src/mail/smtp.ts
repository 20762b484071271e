/**
 * Sends mail by SMTP.
 *
 * Threat: an attacker on the line reads a mail with its link, or has it sent without encryption. A
 * name or an address adds headers or recipients. A mail server that hangs holds the outbox.
 * Guarantee: TLS with a verified certificate, by `smtps://` or STARTTLS, except to this machine.
 * Headers and recipients are built by nodemailer from single values. An address with characters
 * that SMTP gives a meaning is refused here. An attempt ends after a minute.
 * Limits: how the mail travels from that server on is not known.
 * Source: RFC 8314, RFC 3207, OWASP ASVS 5.0 V1.3.11.
 */
import type { ConnectionOptions } from 'node:tls'
import type { SmtpSettings } from '../config/mail-settings.ts'
import { MailError, type MailFailure, type MailTransport } from './transport.ts'

export interface SmtpOptions extends SmtpSettings {
  /** Such as `ca` for a private authority. */
  readonly tls?: ConnectionOptions | undefined
  /** How long an attempt may take, in milliseconds. */
  readonly limitMs?: number
}

const CONNECT_MS = 10_000
const SILENCE_MS = 20_000
export const SEND_LIMIT_MS = 60_000

/** One mailbox: no space, no control character, and nothing that ends or begins another address. */
const ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u

export async function createSmtpTransport(options: SmtpOptions): Promise<MailTransport> {
  // Loaded only if mail is sent.
  const { createTransport } = await import('nodemailer')
  const { host, port, secure, auth, insecure, tls, limitMs = SEND_LIMIT_MS } = options
  const mailer = createTransport({
    ...{ host, port, secure, auth },
    requireTLS: !secure && !insecure,
    tls: { minVersion: 'TLSv1.2', ...tls },
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })

  return {
    async send({ messageId, from, to, date, subject, text, html }) {
      if (!ADDRESS.test(to)) throw new MailError('never', 'The address is not one mailbox')
      const sending = mailer.sendMail({
        messageId: `<${messageId}>`,
        from,
        to: { name: '', address: to },
        date,
        subject,
        text,
        html,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      })
      try {
        await withLimit(sending, limitMs)
      } catch (error) {
        throw toMailError(error as SmtpError)
      }
    },
  }
}

async function withLimit(sending: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('The mail server took too long')), limitMs)
  })
  try {
    await Promise.race([sending, late])
  } finally {
    clearTimeout(timer)
  }
}

interface SmtpError extends Error {
  readonly code?: string
  /** The SMTP command that failed. */
  readonly command?: string
  readonly responseCode?: number
}

/** The server refuses the recipient or the content. */
const OF_THE_MAIL = ['EENVELOPE', 'EMESSAGE']

/** The server wants TLS or another password, which it may say at any command. */
const OF_THE_SERVICE = [530, 534, 535, 538]

function toMailError({ code = '', command, responseCode = 0, message }: SmtpError): MailError {
  return new MailError(failureOf(code, command, responseCode), message)
}

function failureOf(code: string, command: string | undefined, responseCode: number): MailFailure {
  const isOfTheMail = OF_THE_MAIL.includes(code) && command !== 'MAIL FROM'
  if (!isOfTheMail || OF_THE_SERVICE.includes(responseCode)) return 'server'
  return responseCode >= 500 ? 'never' : 'later'
}
