/** Turns the rows of the outbox into mail: opens them, chooses the language and fills the texts. */
import type { MailRow } from '../store/outbox.ts'
import { clientName } from './client-name.ts'
import type { Composer } from './composer.ts'
import type { MailFacts, MailKind } from './kinds.ts'
import { nearestLanguage } from './language.ts'
import { type MailLook, type RenderedMail, render } from './render.ts'
import { de } from './texts/de.ts'
import { en } from './texts/en.ts'
import { ja } from './texts/ja.ts'
import type { MailText, MailTexts } from './texts/texts.ts'

/**
 * Texts of the application by language: they replace those of the service, text by text. A language
 * that the service does not have takes the texts that it leaves out from English.
 */
export type OwnTexts = Readonly<Record<string, Partial<MailTexts>>>

export interface LettersOptions {
  readonly composer: Composer
  readonly look: MailLook
  readonly texts?: OwnTexts | undefined
  /** The address of the pages, without a slash at the end. */
  publicUrl(): string
}

export interface Letters {
  /** Returns null if the row cannot be opened. */
  write(mail: MailRow): RenderedMail | null
}

const FALLBACK = 'en'
const BUILT_IN: Readonly<Record<string, MailTexts>> = { en, de, ja }

/** The pages of links. The token is in the fragment, which browsers send to no server. */
const PAGES: Readonly<Partial<Record<MailKind, string>>> = {
  'password-reset': 'new-password',
  'email-confirmation': 'confirm-address',
  registration: 'confirm-address',
  invitation: 'invitation',
  'email-change': 'confirm-address',
  'email-change-requested': 'keep-address',
  'email-changed': 'keep-address',
}
const FORGOTTEN = 'forgot-password'

export function createLetters({ composer, look, texts = {}, publicUrl }: LettersOptions): Letters {
  const languages = [...new Set([...Object.keys(BUILT_IN), ...Object.keys(texts)])]
  const textsOf = (language: string): MailTexts => ({ ...(BUILT_IN[language] ?? en), ...texts[language] })

  const linkOf = (kind: MailKind, { token }: MailFacts): string => {
    const page = PAGES[kind]
    return `${publicUrl()}/#/${page === undefined ? FORGOTTEN : `${page}/${token}`}`
  }

  return {
    write(mail) {
      const payload = composer.open(mail)
      if (payload === null) return null
      const { facts, locale } = payload
      const language = nearestLanguage(locale, languages, FALLBACK)
      const own = textsOf(language)
      const kind = mail.kind as MailKind
      const values = {
        service: look.name,
        address: String(mail.to),
        link: linkOf(kind, facts),
        minutes: facts.minutes ?? 0,
        when: moment(facts.at, language),
        where: own.client(clientName(facts.ip, facts.userAgent)),
        by: facts.by ?? 'owner',
      }
      const text: MailText = own[kind](values)
      return render(text, { look, language, footer: own.footer(values) })
    },
  }
}

/** In UTC: the service does not know the time zone of the reader. */
const moment = (at: number, language: string): string =>
  `${new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`
