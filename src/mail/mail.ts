/**
 * The mail of the service: composer, notices and outbox, from the settings.
 */
import type { ConnectionOptions } from 'node:tls'
import type { Events } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Ring } from '../keys/secrets.ts'
import type { OutboxStore } from '../store/outbox.ts'
import { type Composer, createComposer } from './composer.ts'
import { createLetters, type OwnTexts } from './letters.ts'
import { createLogTransport, type Mailbox } from './log-transport.ts'
import { createMailNotices, type MailNotices } from './notices.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { MailLook } from './render.ts'
import { createSmtpTransport } from './smtp.ts'
import type { MailTransport } from './transport.ts'

/**
 * How the mail of the service looks and travels.
 *
 * @example
 * const mail: MailOptions = {
 *   look: { name: 'Movies', color: '#7a1f2b' },
 *   texts: {
 *     en: {
 *       'password-reset': ({ link }) => ({
 *         subject: 'Back to Movies',
 *         paragraphs: ['Choose a new password.'],
 *         action: { label: 'Choose', link },
 *       }),
 *     },
 *   },
 * }
 */
export interface MailOptions {
  /** The name of the service in mail, and the colour of its buttons. By default APP_NAME and APP_COLOR. */
  readonly look?: Partial<MailLook>
  /** Texts by language. They replace those of the service, text by text. */
  readonly texts?: OwnTexts
  /** TLS options of the connection to the mail server, such as `ca`. */
  readonly tls?: ConnectionOptions
}

export interface Mail {
  /** Null if the service sends no mail. */
  readonly composer: Composer | null
  readonly notices: MailNotices
  /** Null if the service sends no mail. */
  readonly outbox: Outbox | null
  /** The mail that `log:` did not send; null with another MAIL_URL. */
  readonly mailbox: Mailbox | null
}

export interface MailDependencies {
  readonly config: Pick<Config, 'mail' | 'appName' | 'appColor'>
  readonly keys: Ring<Buffer>
  readonly store: OutboxStore
  readonly clock: Clock
  readonly events: Events
  readonly log: Parameters<typeof createOutbox>[0]['log'] & Parameters<typeof createLogTransport>[0]
  /** The address of the pages, without a slash at the end. */
  publicUrl(): string
}

const DEFAULT_COLOR = '#0b57d0'

/** The mail of a service that sends none. */
export const noMail = (clock: Clock): Mail => ({
  composer: null,
  notices: createMailNotices(null, clock),
  outbox: null,
  mailbox: null,
})

export async function createMail(deps: MailDependencies, options: MailOptions = {}): Promise<Mail> {
  const { config, keys, clock, log } = deps
  const { mail } = config
  if (mail === null) return noMail(clock)
  const { smtp } = mail
  const logged = createLogTransport(log)
  const transport: MailTransport =
    smtp === null ? logged : await createSmtpTransport({ ...smtp, tls: options.tls })
  const composer = createComposer({ keys, clock })
  const { appName: name, appColor: color = DEFAULT_COLOR } = config
  const look = { name, color, ...options.look }
  const letters = createLetters({ composer, look, texts: options.texts, publicUrl: deps.publicUrl })
  const outbox = createOutbox({ ...deps, letters, transport, from: mail.from })
  return {
    composer,
    notices: createMailNotices(composer, clock),
    outbox,
    mailbox: smtp === null ? logged : null,
  }
}
