/**
 * Device cookies: an account recognises a browser that has signed in to it before, also after a
 * sign-out.
 *
 * Threat: an attacker fails to sign in to an account again and again, so that its owner is paused
 * as well.
 * Guarantee: this service issued the cookie at a successful sign-in to this account in the last 180
 * days. The cookie names no account, and a party that does not know the account cannot find it out.
 * Limits: the cookie replaces no part of a password and says nothing about the person at the
 * browser. It gives its holder a separate count of ten failures. A copy shares that count.
 * Source: OWASP "Slow Down Online Guessing Attacks with Device Cookies"; HMAC (RFC 2104, truncated
 * as in section 5).
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Device } from './throttle.ts'

/*
 * Layout of an entry, before base64url: version (1 byte) | issued at, in seconds (4, big endian) |
 * nonce (16) | MAC (24). These 45 bytes are a multiple of three, so there is one spelling. A cookie
 * holds an entry for each account that used the browser, the latest first, joined by dots.
 */
const VERSION = 1
const ISSUED_AT_BYTES = 4
const NONCE_BYTES = 16
const HEAD_BYTES = 1 + ISSUED_AT_BYTES + NONCE_BYTES
const MAC_BYTES = 24
const ENTRY = /^[\w-]{60}$/
/** Every request carries the entries, so only the last three accounts of a browser are kept. */
const MAX_ENTRIES = 3
const DOMAIN = 'tacit/device-cookie/v1\0'

/** Lifetime of a device cookie, in seconds: 180 days. */
export const DEVICE_COOKIE_TTL_SECONDS = 180 * 24 * 60 * 60

export interface DeviceCookies {
  /**
   * The cookie of a browser that has just signed in. It has a new nonce, so a copy of the previous
   * cookie does not share its count.
   * @param previous the cookie that the browser had: its entries for other accounts are kept
   * @param now milliseconds since the Unix epoch
   */
  issue(userId: string, previous: string | null | undefined, now: number): string
  /**
   * The device of a cookie, if it has a valid entry for this account. Undefined for any other
   * cookie.
   * @param now milliseconds since the Unix epoch
   */
  read(cookie: string | null | undefined, userId: string, now: number): Device | undefined
}

/**
 * @param keys subkeys of the secret ring, 32 bytes each: the first one signs, all of them verify
 */
export function createDeviceCookies(keys: readonly [Uint8Array, ...Uint8Array[]]): DeviceCookies {
  const [current, ...older] = keys
  const signing = createSecretKey(current)
  const verifying = [signing, ...older.map((key) => createSecretKey(key))]

  function isOf(userId: string, entry: Buffer): boolean {
    let matches = false
    for (const key of verifying) {
      if (timingSafeEqual(mac(key, userId, entry), entry.subarray(HEAD_BYTES))) matches = true
    }
    return matches
  }

  return {
    issue(userId, previous, now) {
      const entry = Buffer.alloc(HEAD_BYTES + MAC_BYTES)
      entry[0] = VERSION
      entry.writeUInt32BE(Math.floor(now / 1_000), 1)
      randomBytes(NONCE_BYTES).copy(entry, 1 + ISSUED_AT_BYTES)
      mac(signing, userId, entry).copy(entry, HEAD_BYTES)
      const others = entriesOf(previous, now).filter((other) => !isOf(userId, other))
      return [entry, ...others.slice(0, MAX_ENTRIES - 1)].map((each) => each.toString('base64url')).join('.')
    },

    read(cookie, userId, now) {
      const own = entriesOf(cookie, now).find((entry) => isOf(userId, entry))
      if (own === undefined) return undefined
      return { nonce: own.subarray(1 + ISSUED_AT_BYTES, HEAD_BYTES), expiresAt: expiresAt(own) }
    },
  }
}

/** The well-formed entries that have not expired. */
function entriesOf(cookie: string | null | undefined, now: number): Buffer[] {
  return (cookie ?? '')
    .split('.', MAX_ENTRIES)
    .filter((part) => ENTRY.test(part))
    .map((part) => Buffer.from(part, 'base64url'))
    .filter((entry) => entry[0] === VERSION && now < expiresAt(entry))
}

const expiresAt = (entry: Buffer): number => (entry.readUInt32BE(1) + DEVICE_COOKIE_TTL_SECONDS) * 1_000

function mac(key: KeyObject, userId: string, entry: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(DOMAIN)
    .update(userId)
    .update(entry.subarray(0, HEAD_BYTES))
    .digest()
    .subarray(0, MAC_BYTES)
}
