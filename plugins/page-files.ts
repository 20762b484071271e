import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import fp from 'fastify-plugin'
import { brandStyles } from '../src/http/brand-styles.ts'
import { escapeHtml } from '../src/http/error-page.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    /** Undefined if no pages are served. */
    pageFiles: PageFiles | undefined
  }
}

export interface PageFiles {
  /** The folder of the built pages. */
  readonly root: string
  /** The paths of the stylesheets of the page. */
  readonly styles: readonly string[]
  /** The stylesheet with the colour of the application; undefined if it has none. */
  readonly brand: string | undefined
  /** Whether the page has the element for settings: it then differs from visitor to visitor. */
  readonly hasSettings: boolean
  /** Returns the page. @param hasSession whether the visitor's browser sent a cookie of a session */
  page(hasSession: boolean): string
}

export interface PageFilesOptions {
  /** Folder of the built pages, with an `index.html`. The default is the folder of examples/spa. */
  readonly pagesFolder?: string
}

/**
 * A page with this element gets the settings that its views need. The service writes them into the
 * element, so a visitor who is not signed in makes no request that is refused.
 */
const SETTINGS = '<meta name="tacit" content="" />'
const TITLE = '<title>Tacit</title>'
const HEAD_END = '</head>'

const EXAMPLE = fileURLToPath(new URL('../examples/spa/dist', import.meta.url))

/** Reads the page that the service serves at /. The page for errors has its stylesheets. */
export default fp<PageFilesOptions>(
  async (app, { pagesFolder = EXAMPLE }) => {
    provide(app, { pageFiles: undefined })
    const { config } = internalsOf(app)
    if (!config.pages) return
    const root = resolve(pagesFolder)
    const file = join(root, 'index.html')
    if (!existsSync(file)) {
      app.log.warn(`There are no pages in ${root}. Run \`npm run build\`.`)
      return
    }
    const { appName: name, appColor: color, development, passwordMinLength } = config
    const mail = config.mail !== null
    const confirms = mail && config.emailVerification !== 'off'
    const html = readFileSync(file, 'utf8')
    const hasSettings = html.includes(SETTINGS)
    const own = [...html.matchAll(/<link[^>]* rel="stylesheet"[^>]* href="(\/[^"]*)"/g)].map(([, path]) =>
      String(path),
    )
    const brand = hasSettings && color !== undefined ? `${app.prefix}/brand.css` : undefined
    // Replacements are functions: in a text, `$&` has a meaning.
    const page = html
      .replace(TITLE, () => (hasSettings ? `<title>${escapeHtml(name)}</title>` : TITLE))
      .replace(HEAD_END, () => (brand ? `<link rel="stylesheet" href="${brand}" />${HEAD_END}` : HEAD_END))

    provide(app, {
      pageFiles: {
        root,
        hasSettings,
        styles: brand === undefined ? own : [...own, brand],
        brand: color && brandStyles(color),
        page(hasSession) {
          const content = JSON.stringify({ name, development, passwordMinLength, hasSession, mail, confirms })
          return page.replace(SETTINGS, () => `<meta name="tacit" content="${escapeHtml(content)}" />`)
        },
      },
    })
  },
  { name: 'page-files', dependencies: ['env'] },
)
