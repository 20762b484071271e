/**
 * Tokens that are good for nothing, and a service that refuses them.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Server } from './process.ts'
import { fill, nthSession } from './seed.ts'
import { withFolder, withServers } from './servers.ts'
import { accessToken, type Holder } from './tokens.ts'

const SEED = { users: 1, sessions: 1 }

/** What is wrong with each kind; the rest of it is right, and no two of a kind are the same. */
export const KINDS: Readonly<Record<string, (holder: Holder) => string>> = {
  forged: (holder) => accessToken(holder, { key: randomBytes(32) }),
  expired: (holder) => accessToken(holder, { claims: { exp: 1_700_000_000, jti: unique() } }),
  'of an unknown key': (holder) => accessToken(holder, { header: { kid: unique() } }),
  'of another type': (holder) => accessToken(holder, { header: { typ: 'JWT' }, claims: { jti: unique() } }),
  'of an unknown session': (holder) => accessToken(holder, { claims: { sid: unique() } }),
}

const unique = (): string => randomBytes(16).toString('base64url')

export const CARRIERS: Readonly<Record<string, (token: string) => Record<string, string>>> = {
  cookie: (token) => ({ cookie: `access=${token}` }),
  bearer: (token) => ({ authorization: `Bearer ${token}` }),
}

/** A service with one session, whose access tokens can be made and spoilt. */
export const withHolder = <Value>(
  start: (url: string) => Promise<Server>,
  work: (server: Server, holder: Holder) => Promise<Value>,
): Promise<Value> =>
  withFolder((folder) => {
    const url = `file:${join(folder, 'bench.db')}`
    fill(url, SEED)
    return withServers([start(url)], ([server]) => work(server, { session: nthSession(0, SEED) }))
  })
