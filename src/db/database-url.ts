/** What a DATABASE_URL says about the database. */

/** Returns the path of an embedded database; undefined if it is in memory or on a server. */
export const databaseFile = (url: string): string | undefined =>
  url.startsWith('file:') ? url.slice('file:'.length) : undefined

/** Returns the URL as people and logs may see it: without a password and without parameters. */
export function shownUrl(url: string): string {
  if (!isOnServer(url)) return url
  // The password may have characters that make the URL invalid.
  const [, scheme, user, rest] = SERVER_URL.exec(url) as RegExpExecArray
  return `${scheme}${user ?? ''}${rest}`
}

export const isOnServer = (url: string): boolean => SERVER_URL.test(url)

const SERVER_URL = /^(postgres(?:ql)?:\/\/)(?:([^:@/?]*)(?::.*)?(?=@))?([^?]*)/s
