/**
 * The secret ring and the keys that are derived from it.
 *
 * Threat: one key serves two purposes, so that a token of one purpose is accepted for the other.
 * Guarantee: each purpose has its own key, derived by HKDF-SHA256 with the name of the purpose. A
 * refresh token is never an access token. A leaked signing key does not reveal the secret.
 * Limits: the secret itself must be strong: see config/secret-strength.ts.
 * Source: RFC 5869 (HKDF).
 */
import { createHash, hkdfSync, randomBytes, randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ConfigError } from '../config/config-error.ts'
import { databaseFile } from '../db/database-url.ts'

/** The current key first, then the older ones. */
export type Ring<Key> = readonly [Key, ...Key[]]

/** A key for access tokens. `secret` has 32 bytes. */
export interface SigningKey {
  /** Id of the key in a token's header: 12 characters of a hash, which does not reveal the key. */
  readonly kid: string
  readonly secret: Buffer
}

/** The keys of the service, 32 bytes each. */
export interface Keys {
  /** The first signs, all verify. */
  readonly accessToken: Ring<SigningKey>
  readonly refreshToken: Ring<Buffer>
  readonly deviceCookie: Ring<Buffer>
  /** Hides the keys of limits that are counted in Redis. Only the current secret has one. */
  readonly limits: Buffer
  /** Encrypt the private keys in the database: see sealing.ts. */
  readonly keyPairs: Ring<Buffer>
  /** Encrypt the mail of the outbox: see mail/composer.ts. */
  readonly mail: Ring<Buffer>
}

const KEY_BYTES = 32

/**
 * Derives every key of the service.
 * @param secrets the ring, current secret first
 */
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
    limits: subkey(current, 'limits'),
    keyPairs: subkeys('key-pairs'),
    mail: subkeys('mail'),
  }
}

function signingKey(secret: string): SigningKey {
  const key = subkey(secret, 'access-token')
  return { kid: createHash('sha256').update(key).digest('base64url').slice(0, 12), secret: key }
}

function subkey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `tacit/${purpose}/v1`, KEY_BYTES))
}

/** Returns a strong secret for SECRET_KEY: base64url of 256 random bits. */
export const generateSecret = (): string => randomBytes(KEY_BYTES).toString('base64url')

const KEY_FILE = 'development-secret.key'

/** The secret of a development machine. */
export interface DevelopmentSecret {
  readonly secret: string
  /** The file that contains it, or null if the database is in memory. */
  readonly path: string | null
}

/** For a database that is not a file of this machine. */
const DATA_FOLDER = './data'

/** Returns the secret ring of the settings, or the secret of a development machine. */
export const secretsOf = (config: {
  readonly secrets: readonly string[] | undefined
  readonly databaseUrl: string
}): Ring<string> =>
  (config.secrets as Ring<string> | undefined) ?? [developmentSecret(config.databaseUrl).secret]

/** Returns the path of the development secret: a file beside the database. */
export function developmentSecretPath(databaseUrl: string): string {
  const file = databaseFile(databaseUrl)
  return join(file === undefined ? DATA_FOLDER : dirname(file), KEY_FILE)
}

/**
 * Returns the secret of a development machine. The first start creates it in a file beside the
 * database, which only its owner can read.
 * @throws ConfigError if the file cannot be written or is not complete
 */
export function developmentSecret(databaseUrl: string): DevelopmentSecret {
  if (databaseUrl === ':memory:') return { secret: generateSecret(), path: null }

  const path = developmentSecretPath(databaseUrl)
  try {
    makeSecret(path)
  } catch (error) {
    throw new ConfigError(
      `SECRET_KEY is not set, and ${path} cannot be written: ${(error as Error).message}. Set SECRET_KEY`,
    )
  }
  const secret = readFileSync(path, 'utf8').trim()
  // A power failure can leave an empty file behind. Every attacker knows a key of an empty secret.
  if (Buffer.byteLength(secret) < KEY_BYTES) {
    throw new ConfigError(`${path} must have a secret of at least 32 bytes. Delete it to get a new one`)
  }
  return { secret, path }
}

function makeSecret(path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  // Processes that start together need the same secret: each writes a whole file of its own, and
  // the first one to link it to the name wins.
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
