/**
 * A cookie jar as strict as a browser's, for one host over http. Source: RFC 6265bis sections 5.6
 * and 5.7.
 *
 * It keeps time by the browser's own clock: whatever happens to the server's, a cookie lives for
 * its Max-Age. What is on disk lags behind by up to half a minute, as it does in Chromium and
 * Firefox.
 */
interface Cookie {
  readonly value: string
  /** In milliseconds of the browser's clock; null for a cookie that goes with the browser. */
  readonly expiresAt: number | null
}

type Cookies = ReadonlyMap<string, Cookie>

/** Longest time that a changed jar goes without being written to disk, in milliseconds. */
const FLUSH_MS = 30_000

export class BrowserJar {
  readonly #now: () => number
  #cookies: Cookies = new Map()
  #onDisk: Cookies = new Map()
  #changedAt: number | null = null

  /** @param now the browser's clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  get(name: string): string | undefined {
    const cookie = this.#cookies.get(name)
    const alive = cookie && (cookie.expiresAt === null || this.#now() < cookie.expiresAt)
    return alive ? cookie.value : undefined
  }

  /** The cookies of a request that is sent now. */
  header(): string | undefined {
    const pairs = [...this.#cookies.keys()].flatMap((name) => {
      const value = this.get(name)
      return value === undefined ? [] : [`${name}=${value}`]
    })
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  /** Throws for a line that a browser must ignore: this service never has a reason to send one. */
  take(setCookie: string | readonly string[] | undefined): void {
    const lines = setCookie === undefined ? [] : [setCookie].flat()
    if (lines.length === 0) return
    this.writeToDisk()
    if (this.#changedAt === null) {
      this.#onDisk = this.#cookies
      this.#changedAt = this.#now()
    }
    const cookies = new Map(this.#cookies)
    for (const line of lines) this.#takeLine(line, cookies)
    this.#cookies = cookies
  }

  #takeLine(line: string, cookies: Map<string, Cookie>): void {
    const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
    const at = pair.indexOf('=')
    if (at < 1 || pair.length > 4_096) throw new Error(`a browser ignores this: ${line}`)
    const attributes = new Map(
      rest.map((attribute) => {
        const [name = '', value = ''] = attribute.split('=')
        return [name.toLowerCase(), value]
      }),
    )
    if (attributes.get('path') !== '/' || attributes.has('domain'))
      throw new Error(`not for this host: ${line}`)
    if (attributes.has('secure')) throw new Error(`not over http: ${line}`)

    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
    const expiresAt = this.#expiry(attributes)
    if (expiresAt !== null && expiresAt <= this.#now()) cookies.delete(name)
    else cookies.set(name, { value, expiresAt })
  }

  /** Max-Age goes before Expires. */
  #expiry(attributes: ReadonlyMap<string, string>): number | null {
    const maxAge = attributes.get('max-age')
    if (maxAge !== undefined && /^-?[0-9]+$/.test(maxAge)) return this.#now() + Number(maxAge) * 1_000
    const expires = attributes.get('expires')
    return expires === undefined ? null : Date.parse(expires)
  }

  /** To be called when time has passed. */
  writeToDisk(): void {
    if (this.#changedAt !== null && this.#now() - this.#changedAt >= FLUSH_MS) this.#changedAt = null
  }

  /** Closes the browser, which writes the file, and opens it again without its session cookies. */
  restart(): void {
    this.#cookies = new Map([...this.#cookies].filter(([, { expiresAt }]) => expiresAt !== null))
    this.#changedAt = null
  }

  /** Kills the browser, and restores its session from the disk. */
  crash(): void {
    if (this.#changedAt !== null) this.#cookies = this.#onDisk
    this.#changedAt = null
  }
}
