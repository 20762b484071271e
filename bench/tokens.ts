/**
 * Tokens as the service makes them, for sessions that were never asked for, and tokens that it must refuse.
 */
import { createHmac } from 'node:crypto'
import { deriveKeys } from '../src/keys/secrets.ts'
import { type AccessClaims, accessClaims } from '../src/protocol/access-token.ts'
import { createRefreshTokens } from '../src/protocol/refresh-token.ts'
import type { SessionRow } from '../src/store/sessions.ts'
import { nthUser } from './seed.ts'
import { ISSUER, SECRET } from './servers.ts'

const keys = deriveKeys([SECRET])
const [{ kid, secret }] = keys.accessToken
const HEADER = { alg: 'HS256', typ: 'at+jwt', kid }

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

interface Wrong {
  readonly header?: object
  readonly claims?: object
  readonly key?: Buffer
}

export interface Holder {
  readonly session: SessionRow
}

/** @param wrong what sets it apart from a genuine one */
export function accessToken({ session }: Holder, { header, claims, key = secret }: Wrong = {}): string {
  const genuine: AccessClaims = accessClaims(
    session,
    { ...nthUser(0), id: session.userId },
    {
      issuer: ISSUER,
      audience: ISSUER,
      scope: '',
      ttlSeconds: 3_600,
      tokenId: '0'.repeat(22),
      now: Date.now(),
    },
  )
  const input = `${part({ ...HEADER, ...header })}.${part({ ...genuine, ...claims })}`
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
}

const refreshTokens = createRefreshTokens(keys.refreshToken)

export const refreshToken = ({ id, seed }: SessionRow, generation: number): string =>
  refreshTokens.derive(id, generation, seed)
