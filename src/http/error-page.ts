/**
 * The page for a person whose browser opens an address that answers with an error. Every other
 * client gets JSON.
 *
 * Threat: the address, the name of the application or a message brings HTML into the page.
 * Guarantee: the page has fixed texts and the escaped name. It has no script and no inline style.
 * Source: OWASP ASVS 5.0 V1.2.1.
 */
import type { IncomingHttpHeaders } from 'node:http'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Makes a text safe within an element and within a quoted attribute. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string)

/**
 * Returns whether a browser opens a page. A program that accepts any type, or names JSON, gets JSON.
 * So does the script of a page.
 */
export function opensPage(method: string, headers: IncomingHttpHeaders): boolean {
  const { accept = '', 'sec-fetch-mode': mode = 'navigate' } = headers
  if (method !== 'GET' && method !== 'HEAD') return false
  return mode === 'navigate' && accept.includes('text/html') && !accept.includes('json')
}

type Language = 'en' | 'ja'

type Text = readonly [title: string, about: string]

interface Texts {
  readonly home: string
  /** By status. 0 is for every other one. */
  readonly errors: Readonly<Record<number, Text>>
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    home: 'Go to the first page',
    errors: {
      0: ['This did not work', 'The service cannot answer this request.'],
      401: ['Sign in first', 'This page is for people who are signed in.'],
      403: ['Not permitted', 'Your role does not permit this page. An administrator can change that.'],
      404: ['Page not found', 'There is no page at this address. Check it for a typing error.'],
      429: ['Too many requests', 'Wait a minute, and try again.'],
      500: ['Something went wrong on our side', 'Try again later.'],
      503: ['The service is busy', 'Try again in a moment.'],
    },
  },
  ja: {
    home: '最初のページへ',
    errors: {
      0: ['処理できませんでした', 'このリクエストには応答できません。'],
      401: ['ログインしてください', 'このページを表示するには、ログインが必要です。'],
      403: [
        'アクセスできません',
        'このページを表示する権限がありません。必要な場合は、管理者にご相談ください。',
      ],
      404: ['ページが見つかりません', 'このアドレスにページはありません。入力に誤りがないかご確認ください。'],
      429: ['リクエストが多すぎます', '1 分ほど待ってから、もう一度お試しください。'],
      500: ['サーバーで問題が発生しました', 'しばらくしてから、もう一度お試しください。'],
      503: ['ただいま混み合っています', 'しばらくしてから、もう一度お試しください。'],
    },
  },
}

/**
 * Returns the language that the browser prefers, among those of the page.
 * @param header Accept-Language, such as `ja,en-US;q=0.7`
 */
export function preferredLanguage(header = ''): Language {
  let best: Language = 'en'
  let bestQuality = 0
  for (const range of header.split(',')) {
    const [tag = '', ...parameters] = range.trim().toLowerCase().split(';')
    const language = tag.split('-', 1)[0] as string
    const weight = parameters.find((one) => one.trim().startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.trim().slice(2))
    if (!Object.hasOwn(TEXTS, language) || !(quality > bestQuality)) continue
    best = language as Language
    bestQuality = quality
  }
  return best
}

export interface ErrorPage {
  readonly status: number
  /** The header Accept-Language. */
  readonly languages: string | undefined
  /** The name of the application. */
  readonly name: string
  /** Paths of stylesheets. */
  readonly styles: readonly string[]
  /** The path of the first page; undefined if there is none. */
  readonly home: string | undefined
}

export function errorPage({ status, languages, name, styles, home }: ErrorPage): string {
  const language = preferredLanguage(languages)
  const { errors, home: goHome } = TEXTS[language]
  const [title, about] = (errors[status] ?? errors[0]) as Text
  const links = styles.map((path) => `<link rel="stylesheet" href="${escapeHtml(path)}" />`)
  return `<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · ${escapeHtml(name)}</title>
    ${links.join('\n    ')}
  </head>
  <body>
    <main>
      <p class="soft">${escapeHtml(name)} · ${status}</p>
      <h1>${title}</h1>
      <p>${about}</p>
      ${home === undefined ? '' : `<p><a href="${escapeHtml(home)}">${goHome}</a></p>`}
    </main>
  </body>
</html>
`
}
