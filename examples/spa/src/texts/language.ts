/** Which language the pages speak, and by which locale they write dates and numbers. */
import { en, type Texts } from './en.ts'
import { ja } from './ja.ts'

export type Language = 'en' | 'ja'

export const TEXTS: Readonly<Record<Language, Texts>> = { en, ja }

/** What each language calls itself. */
export const NAMES: Readonly<Record<Language, string>> = { en: 'English', ja: '日本語' }

const DEFAULT: Language = 'en'

const isLanguage = (name: string | null | undefined): name is Language =>
  name !== null && name !== undefined && Object.hasOwn(TEXTS, name)

/** `ja` of `ja-JP`. */
const languageOf = (locale: string): string => locale.toLowerCase().split('-', 1)[0] as string

/**
 * Returns the language that the person chose before, else the first that the browser asks for.
 * @param chosen the stored choice, if there is one
 * @param asked the languages of the browser, the preferred one first
 */
export function chooseLanguage(chosen: string | null, asked: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen
  return asked.map(languageOf).find(isLanguage) ?? DEFAULT
}

/** Returns the browser's locale of a language: British dates for `en-GB`. */
export const localeOf = (language: Language, asked: readonly string[]): string =>
  asked.find((locale) => languageOf(locale) === language) ?? language
