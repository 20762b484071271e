/**
 * The secret ring and the keys made from it.
 *
 * Threat: one key used for two purposes lets the output of one be taken for the other.
 * Guarantee: each purpose has a key of its own, derived with HKDF-SHA256 under its own name (RFC 5869), so that a
 * refresh token is never an access token and a leaked signing key says nothing about the secret.
 */
import { createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'

export type Ring<Key> = readonly [Key, ...Key[]]

export interface SigningKey {
  /** Names the key in a token's header; says nothing about the key. */
  readonly kid: string
  readonly secret: Buffer
}

export interface Keys {
  /** The first signs, all verify. */
  readonly accessToken: Ring<SigningKey>
  readonly refreshToken: Ring<Buffer>
  readonly deviceCookie: Ring<Buffer>
}

const KEY_BYTES = 32

/** Derives every key of the service. @param secrets the ring, current secret first */
export function deriveKeys(secrets: Ring<string>): Keys {
  const [current, ...older] = secrets
  const subkeys = (purpose: string): Ring<Buffer> => [
    subkey(current, purpose),
    ...older.map((secret) => subkey(secret, purpose)),
  ]
  return {
    accessToken: [signingKey(current), ...older.map(signingKey)],
    refreshToken: subkeys('refresh-token'),
    deviceCookie: subkeys('device-cookie'),
  }
}

function signingKey(secret: string): SigningKey {
  const key = subkey(secret, 'access-token')
  return { kid: createHash('sha256').update(key).digest('base64url').slice(0, 12), secret: key }
}

function subkey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `tacit/${purpose}/v1`, KEY_BYTES))
}

/** A strong secret for SECRET_KEY: 256 random bits. */
export const generateSecret = (): string => randomBytes(KEY_BYTES).toString('base64url')

const KEY_FILE = 'development-secret.key'

export interface DevelopmentSecret {
  readonly secret: string
  /** Where it is kept, or null when the database has no directory to keep it in. */
  readonly path: string | null
}

/** Where the secret of a development machine is kept: beside the database. */
export const developmentSecretPath = (databaseUrl: string): string =>
  join(dirname(databaseUrl.replace(/^file:/, '')), KEY_FILE)

/**
 * The secret of a development machine: made at the first start, kept beside the database, read by its owner only.
 * @throws ConfigError when it cannot be kept there
 */
export function developmentSecret(databaseUrl: string): DevelopmentSecret {
  if (databaseUrl === ':memory:') return { secret: generateSecret(), path: null }

  const path = developmentSecretPath(databaseUrl)
  try {
    makeSecret(path)
  } catch (error) {
    throw new ConfigError(
      `SECRET_KEY is not set, and none can be kept in ${path}: ${(error as Error).message}`,
    )
  }
  const secret = readFileSync(path, 'utf8').trim()
  // A power failure can leave an empty file behind, and a key made from nothing is everybody's.
  if (Buffer.byteLength(secret) < KEY_BYTES) {
    throw new ConfigError(`${path} does not hold a whole secret: delete it, and another one is made`)
  }
  return { secret, path }
}

function makeSecret(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  // Processes that start together must end up with one secret: each writes its own, whole, and the first to link it
  // to the name wins; nobody ever reads a file that is half written.
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, generateSecret(), { mode: 0o600 })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
}
