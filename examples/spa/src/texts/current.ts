/** The language of this page. It is chosen once: a switch loads the page again. */
import { createWords } from '../words.ts'
import { chooseLanguage, type Language, localeOf, NAMES, TEXTS } from './language.ts'

/** In the storage of the browser. It is there only after a person has chosen. */
const KEY = 'tacit-language'

const language = chooseLanguage(stored(), navigator.languages)

export const texts = TEXTS[language]

/** Dates, numbers and devices. */
export const words = createWords(texts, localeOf(language, navigator.languages))

document.documentElement.lang = language

/** The languages that the person can switch to. */
export const others = (Object.keys(NAMES) as Language[])
  .filter((name) => name !== language)
  .map((name) => ({ language: name, name: NAMES[name] }))

export function switchTo(language: Language): void {
  localStorage.setItem(KEY, language)
  location.reload()
}

/** A browser may refuse its storage to the page. */
function stored(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
