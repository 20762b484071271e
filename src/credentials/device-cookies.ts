/**
 * Device cookies: a browser that has signed in to an account is known to it afterwards, also when it is signed out.
 *
 * Threat: somebody fails to sign in to an account on purpose, again and again, so that its owner is paused as well.
 * Guarantee: who shows a cookie was given it at a successful sign-in to this very account, by this service, in the last
 * 180 days. It names no account: without knowing one, nobody can tell whose it is.
 * What it does not do: let anybody in, or stand for any part of a password. All it is worth is a count of one's own,
 * of ten failures; a copy is worth no more. It says nothing about who sits at the browser.
 * Source: OWASP "Slow Down Online Guessing Attacks with Device Cookies"; HMAC (RFC 2104, truncated as in section 5).
 *
 * Layout of an entry, before base64url: version (1 byte) | issued at, in seconds (4, big endian) | nonce (16) | MAC (24).
 * That makes 45 bytes, a multiple of three, so that there is one spelling. A browser that several people share has an
 * entry for each of them, the latest first, joined by dots.
 */
import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Device } from './throttle.ts'

const VERSION = 1
const ISSUED_AT_BYTES = 4
const NONCE_BYTES = 16
const HEAD_BYTES = 1 + ISSUED_AT_BYTES + NONCE_BYTES
const MAC_BYTES = 24
const ENTRY = /^[\w-]{60}$/
/** Every request carries them: the last three accounts of a browser are enough. */
const MOST_ENTRIES = 3
const DOMAIN = 'tacit/device-cookie/v1\0'

/** How long a device cookie is good, in seconds: 180 days. */
export const DEVICE_COOKIE_TTL_SECONDS = 180 * 24 * 60 * 60

export interface DeviceCookies {
  /**
   * The cookie of a browser that has just signed in. Always with a new nonce: who copied the one before does not share
   * its count.
   * @param previous the cookie it had, whose entries for other accounts are kept
   */
  issue(userId: string, previous: string | null | undefined, now: number): string
  /** The device a cookie stands for, if it is one of this account; whatever is wrong with it, there is none. */
  read(cookie: string | null | undefined, userId: string, now: number): Device | undefined
}

/** @param keys subkeys of the secret ring, 32 bytes each: the first signs, all verify */
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
      return [entry, ...others.slice(0, MOST_ENTRIES - 1)].map((each) => each.toString('base64url')).join('.')
    },

    read(cookie, userId, now) {
      const own = entriesOf(cookie, now).find((entry) => isOf(userId, entry))
      if (own === undefined) return undefined
      return { nonce: own.subarray(1 + ISSUED_AT_BYTES, HEAD_BYTES), expiresAt: expiresAt(own) }
    },
  }
}

/** The entries that have the shape of one and have not run out. */
function entriesOf(cookie: string | null | undefined, now: number): Buffer[] {
  return (cookie ?? '')
    .split('.', MOST_ENTRIES)
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
