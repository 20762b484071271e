/** What the service writes into its page. Each field is missing if another server serves the page. */
export interface PageSettings {
  readonly development?: boolean
  /** The minimum length of a new password, in code points. */
  readonly passwordMinLength?: number
  /** Whether the browser sent a cookie of a session. The session may have ended. */
  readonly hasSession?: boolean
  /** Whether the service sends mail: a forgotten password can be replaced. */
  readonly mail?: boolean
  /** Whether an address is confirmed by a mail. */
  readonly confirms?: boolean
  /** The name of the application. */
  readonly name?: string
}

export const settings = read(document)

/** The view that a person who is signed in sees first. The Live view needs routes for developers. */
export const HOME: 'live' | 'account' = (settings.development ?? import.meta.env.DEV) ? 'live' : 'account'

export const APP_NAME = settings.name ?? 'Tacit'

let isFirst = true

/**
 * Returns false if the browser holds no cookie of a session: GET /me would be answered 401. Scripts
 * cannot read the cookies, so the page reads what the service wrote into it, or loads itself again.
 */
export async function mayBeSignedIn(): Promise<boolean> {
  if (isFirst || settings.hasSession === undefined) {
    isFirst = false
    return settings.hasSession ?? true
  }
  const response = await fetch(location.pathname, { cache: 'no-store' })
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  return read(page).hasSession ?? true
}

function read(page: Document): PageSettings {
  return JSON.parse(page.querySelector<HTMLMetaElement>('meta[name="tacit"]')?.content || '{}')
}
