/**
 * When each key pair is published, signs and ends. Pure: times are milliseconds since the Unix
 * epoch.
 *
 * Threat: another service refuses a genuine token, because it has not seen its key yet or sees it
 * no longer.
 * Guarantee: the next key is published before it signs, for as long as a copy of the key set may be
 * kept. An old key stays published until the last token that it signed has expired.
 * Limits: the very first key signs at once. A key that is withdrawn as compromised ends at once.
 * Source: OpenID Connect Core 1.0 section 10.1.1, RFC 7517.
 */
import type { KeyPairRotation, KeyPairRow } from '../store/keys.ts'

/** How long a copy of the key set may be kept. */
export const KEY_SET_MAX_AGE_SECONDS = 300

/** Every process reads the keys this often. */
export const READ_EVERY_MS = 10_000

/** How long after a change every process has read the keys, even if one reading fails. */
const ANNOUNCE_MS = 3 * READ_EVERY_MS

/** A process signs with the previous key until it has read the keys again. Clocks differ as well. */
const MARGIN_MS = 60_000

/** The times of a key pair. */
export type Scheduled = Omit<KeyPairRow, 'sealed'>

export interface ScheduleSettings {
  readonly algorithm: string
  /** How long a key signs. */
  readonly rotationMs: number
  /** The longest lifetime of a token. */
  readonly tokenMs: number
}

/**
 * When a rotation is decided. Only a start replaces keys of another algorithm, or keys that
 * SECRET_KEY does not open: processes with different settings would otherwise replace each other's
 * keys without end.
 */
export type Occasion = 'start' | 'regular' | 'asked' | 'compromised'

/** What a rotation does. It needs new pairs: the first of them is the successor if there is none. */
export interface RotationPlan extends Pick<KeyPairRotation, 'from' | 'signsFrom' | 'othersExpireAt'> {
  /** The stored key that signs from `signsFrom` on; null if a new pair does. */
  readonly successor: string | null
  readonly pairsNeeded: 1 | 2
}

/** The key whose `signsFrom` is the latest, whether it is reached or not. */
export function latestOf<Row extends Scheduled>(rows: readonly Row[]): Row | undefined {
  const signing = rows.filter(({ signsFrom }) => signsFrom !== null)
  return signing.toSorted((one, other) => Number(other.signsFrom) - Number(one.signsFrom))[0]
}

/** The key that signs at `now`. */
export const signerAt = <Row extends Scheduled>(rows: readonly Row[], now: number): Row | undefined =>
  latestOf(rows.filter((row) => row.signsFrom !== null && row.signsFrom <= now && isPublished(row, now)))

/** Whether the key is published at `now`, and accepted. */
export const isPublished = ({ expiresAt }: Scheduled, now: number): boolean =>
  expiresAt === null || expiresAt > now

/**
 * Decides about a rotation.
 * @param rows every stored key
 * @param usable the stored keys that SECRET_KEY opens
 * @returns null if nothing has to be done
 */
export function planRotation(
  rows: readonly Scheduled[],
  usable: readonly Scheduled[],
  { algorithm, rotationMs, tokenMs }: ScheduleSettings,
  { now, occasion }: { now: number; occasion: Occasion },
): RotationPlan | null {
  const latest = latestOf(rows)
  const from = latest?.kid ?? null
  if (occasion === 'compromised') {
    return { from, signsFrom: now, othersExpireAt: now, successor: null, pairsNeeded: 2 }
  }
  const ofAlgorithm = usable.filter((row) => row.algorithm === algorithm && isPublished(row, now))
  const hasSigner = ofAlgorithm.some(({ kid }) => kid === latest?.kid)
  if (!hasSigner) {
    if (occasion === 'regular') return null
    const othersExpireAt = now + tokenMs + MARGIN_MS
    return { from, signsFrom: now, othersExpireAt, successor: null, pairsNeeded: 2 }
  }
  const isDue = now >= Number(latest?.signsFrom) + rotationMs
  if (occasion !== 'asked' && !isDue) return null

  const next = ofAlgorithm.find(({ signsFrom, expiresAt }) => signsFrom === null && expiresAt === null)
  const publishedAt = next?.createdAt ?? now
  const signsFrom = Math.max(
    now + ANNOUNCE_MS,
    publishedAt + ANNOUNCE_MS + KEY_SET_MAX_AGE_SECONDS * 1_000,
    Number(latest?.signsFrom) + 1,
  )
  return {
    from,
    signsFrom,
    othersExpireAt: signsFrom + tokenMs + MARGIN_MS,
    successor: next?.kid ?? null,
    pairsNeeded: next === undefined ? 2 : 1,
  }
}
