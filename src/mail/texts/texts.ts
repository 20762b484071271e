/** What the texts of a language are: see en.ts. */
import type { ClientName } from '../client-name.ts'
import type { ChangedBy, MailKind } from '../kinds.ts'

/** What a text may use. No value is chosen by an attacker. */
export interface MailValues {
  /** The name of the service. */
  readonly service: string
  /** The address that the mail goes to. */
  readonly address: string
  /** The link of the mail, or the page on which a forgotten password is replaced. */
  readonly link: string
  /** How many minutes the link works. */
  readonly minutes: number
  /** When it happened: a date and a time. */
  readonly when: string
  /** Where it happened: a browser, a system and a network address. */
  readonly where: string
  readonly by: ChangedBy
}

/** A mail. The layout makes plain text and HTML of it: see render.ts. */
export interface MailText {
  readonly subject: string
  readonly paragraphs: readonly string[]
  /** A link that is shown as a button. */
  readonly action?: { readonly label: string; readonly link: string }
  /** Paragraphs below the button. */
  readonly after?: readonly string[]
}

/** The texts of one language. */
export type MailTexts = { readonly [Kind in MailKind]: (values: MailValues) => MailText } & {
  /** Names a client. */
  readonly client: (client: ClientName) => string
  /** The line at the end of each mail. */
  readonly footer: (values: MailValues) => string
}
