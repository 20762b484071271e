import type { LightMyRequestResponse } from 'fastify'

/**
 * A browser's cookie jar for one host. It keeps what Set-Cookie says, and forgets what Max-Age=0
 * removes; expiry by time is left to the server, which must not depend on it.
 */
export class Jar {
  readonly cookies = new Map<string, string>()

  header(): string | undefined {
    return this.cookies.size === 0
      ? undefined
      : [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  take(setCookie: string | readonly string[] | undefined): void {
    for (const line of setCookie === undefined ? [] : [setCookie].flat()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name, value] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
  }

  copy(): Jar {
    const copy = new Jar()
    for (const [name, value] of this.cookies) copy.cookies.set(name, value)
    return copy
  }

  get(name: string): string | undefined {
    return this.cookies.get(name)
  }

  set(name: string, value: string): this {
    this.cookies.set(name, value)
    return this
  }

  delete(name: string): this {
    this.cookies.delete(name)
    return this
  }
}

/** The Set-Cookie lines of a response. */
export const setCookies = (response: LightMyRequestResponse): string[] =>
  [response.headers['set-cookie'] ?? []].flat()
