/**
 * The key pairs of the service: reads them from the store, makes the first ones and replaces them.
 *
 * Threat: processes sign with keys that other processes or services do not know. Two processes
 * replace a key at the same time. A process with another SECRET_KEY replaces keys without end.
 * Guarantee: key-schedule.ts decides, and the store makes each change once. A process reads the
 * keys again every READ_EVERY_MS. Keys that SECRET_KEY does not open are replaced at a start only.
 * Limits: a key that is withdrawn as compromised is accepted until the next reading of each process,
 * and by another service until its copy of the key set is too old. A process that was suspended
 * signs with an old key until it has read the keys again. Such a token is refused once, and the
 * client refreshes.
 * Source: docs/services.md.
 */
import type { Events, Log } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { KeyPairRow, KeyPairStore } from '../store/keys.ts'
import {
  generatePair,
  isPairAlgorithm,
  type KeyPair,
  type PairAlgorithm,
  type PublicJwk,
  readPair,
  toBytes,
} from './key-pair.ts'
import {
  isPublished,
  type Occasion,
  planRotation,
  type RotationPlan,
  type Scheduled,
  signerAt,
} from './key-schedule.ts'
import { createSealing, type Sealing } from './sealing.ts'
import type { Ring } from './secrets.ts'

/** A key pair, and when it is published and signs. */
export interface LoadedPair extends KeyPair, Pick<Scheduled, 'createdAt' | 'signsFrom' | 'expiresAt'> {}

export interface KeyPairs {
  /**
   * Reads the keys at a start. Makes the first ones, and replaces one that has signed for long
   * enough.
   */
  open(): Promise<void>
  /** Reads the keys, and changes nothing. */
  read(): Promise<void>
  /** Reads the keys again, and replaces the one that signs when it is time. */
  refresh(): Promise<void>
  /**
   * Replaces the key that signs.
   * @param isCompromised whether every key ends at once, so that no token of theirs is accepted
   */
  rotate(isCompromised: boolean): Promise<void>
  /** The keys that are not past their end, the oldest first. */
  list(): readonly LoadedPair[]
  /** Whether tokens of this key are accepted now. */
  accepts(kid: string): boolean
  /** The key that signs now. Undefined with HS256. */
  signer(): LoadedPair | undefined
  /** The public keys (RFC 7517 section 5). */
  keySet(): { readonly keys: readonly PublicJwk[] }
  /** Calls the listener now, and after each reading that has found other keys. */
  follow(listener: KeyListener): Promise<void>
}

/**
 * @param pairs the keys that may verify tokens
 * @param wasWithdrawn whether a key has gone before its end: tokens that it signed must be forgotten
 */
export type KeyListener = (pairs: readonly LoadedPair[], wasWithdrawn: boolean) => Promise<void> | void

export interface KeyPairsOptions {
  readonly store: KeyPairStore
  readonly clock: Clock
  readonly events: Pick<Events, 'rowOf' | 'announce'>
  readonly log: Pick<Log, 'error'>
  /** Keys that seal private keys, the current one first. */
  readonly sealingKeys: Ring<Buffer>
  readonly algorithm: 'HS256' | PairAlgorithm
  readonly keyRotationSeconds: number
  readonly accessTtlSeconds: number
}

export function createKeyPairs(options: KeyPairsOptions): KeyPairs {
  const { store, clock, events, log, algorithm } = options
  const sealing = createSealing(options.sealingKeys)
  const schedule = {
    algorithm,
    rotationMs: options.keyRotationSeconds * 1_000,
    tokenMs: options.accessTtlSeconds * 1_000,
  }
  const listeners: KeyListener[] = []
  let rows: readonly KeyPairRow[] = []
  let loaded: readonly LoadedPair[] = []

  async function read(): Promise<void> {
    rows = await store.listKeyPairs()
    const known = new Map(loaded.map((pair) => [pair.kid, pair]))
    const pairs = await Promise.all(rows.map((row) => load(row, known.get(row.kid), sealing)))
    await replaceWith(pairs.filter((pair) => pair !== null))
  }

  async function replaceWith(pairs: readonly LoadedPair[]): Promise<void> {
    const kids = new Set(pairs.map(({ kid }) => kid))
    const now = clock.now()
    const wasWithdrawn =
      loaded.some((pair) => !kids.has(pair.kid) && isPublished(pair, now)) ||
      pairs.some(({ kid, expiresAt }) =>
        isCutShort(
          loaded.find((pair) => pair.kid === kid),
          expiresAt,
          now,
        ),
      )
    const isSame = pairs.length === loaded.length && pairs.every(({ kid }, i) => kid === loaded[i]?.kid)
    loaded = pairs
    if (isSame && !wasWithdrawn) return
    for (const listener of listeners) await listener(pairs, wasWithdrawn)
  }

  /** @returns whether this process made the change */
  async function carryOut(plan: RotationPlan): Promise<boolean> {
    const { pairsNeeded, successor: stored, ...times } = plan
    const at = clock.now()
    const made = await Promise.all(
      Array.from({ length: pairsNeeded }, () => generatePair(algorithm as PairAlgorithm)),
    )
    const successor = stored ?? (made[0] as KeyPair).kid
    const reason = `${plan.from} to ${successor}`
    const event = plan.from === null ? undefined : events.rowOf('key-rotated', { reason })
    const added = made.map((pair) => ({
      kid: pair.kid,
      algorithm: pair.algorithm,
      sealed: sealing.seal(pair.kid, toBytes(pair)),
      createdAt: at,
      signsFrom: null,
      expiresAt: null,
    }))
    const isChanged = await store.rotateKeyPairs({ ...times, successor, added, at, event })
    if (isChanged && event !== undefined) events.announce('key-rotated', { reason })
    await read()
    return isChanged
  }

  const plan = (occasion: Occasion): RotationPlan | null =>
    planRotation(rows, loaded, schedule, { now: clock.now(), occasion })

  async function rotateIfDue(occasion: 'start' | 'regular'): Promise<void> {
    const due = isPairAlgorithm(algorithm) ? plan(occasion) : null
    if (due !== null) await carryOut(due)
  }

  /** Seals keys again that an older secret sealed, so that the secret can leave SECRET_KEY. */
  async function sealAgain(): Promise<void> {
    for (const { kid, sealed } of rows) {
      const opened = sealing.open(kid, sealed)
      if (opened?.isOld === true) await store.resealKeyPair(kid, sealing.seal(kid, opened.plain))
    }
  }

  return {
    async open() {
      await read()
      if (loaded.length < rows.length) {
        log.error({ kids: kidsOf(rows) }, 'SECRET_KEY does not open every stored key: see docs/services.md')
      }
      await sealAgain()
      await rotateIfDue('start')
    },

    read,

    async refresh() {
      await read()
      await rotateIfDue('regular')
    },

    async rotate(isCompromised) {
      const occasion = isCompromised ? 'compromised' : 'asked'
      await read()
      // If another process has just made a change, the next plan begins from there.
      while (!(await carryOut(plan(occasion) as RotationPlan)));
    },

    list: () => loaded.filter((pair) => isPublished(pair, clock.now())),
    accepts: (kid) => loaded.some((pair) => pair.kid === kid && isPublished(pair, clock.now())),
    signer: () => (isPairAlgorithm(algorithm) ? signerAt(loaded, clock.now()) : undefined),

    keySet() {
      return { keys: this.list().map(({ publicJwk }) => publicJwk) }
    },

    async follow(listener) {
      listeners.push(listener)
      await listener(loaded, false)
    },
  }
}

const kidsOf = (rows: readonly Scheduled[]): string[] => rows.map(({ kid }) => kid)

/** Whether a key that was to last longer ends now. */
const isCutShort = (before: LoadedPair | undefined, expiresAt: number | null, now: number): boolean =>
  before !== undefined && isPublished(before, now) && expiresAt !== null && expiresAt <= now

/** @param known the pair that was read before: its key never changes */
async function load(
  { sealed, ...row }: KeyPairRow,
  known: LoadedPair | undefined,
  sealing: Sealing,
): Promise<LoadedPair | null> {
  const { createdAt, signsFrom, expiresAt } = row
  if (known !== undefined) return { ...known, createdAt, signsFrom, expiresAt }
  const opened = sealing.open(row.kid, sealed)
  const pair = opened && (await readPair(row.kid, row.algorithm, opened.plain))
  return pair && { ...pair, createdAt, signsFrom, expiresAt }
}
