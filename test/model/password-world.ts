/**
 * The world of a change of password: the session that asks, the one that takes its place, their owner, and a thief who
 * holds copies of every token of the first.
 */
import type { mayStillRead } from '../../src/sessions/ended.ts'
import type { Row } from './world.ts'

export interface PasswordProtocol {
  readonly mayStillRead: typeof mayStillRead
  /** What becomes of the session that asks. */
  readonly change: 'a successor' | 'a successor beside it' | 'the same session' | 'the next generation'
  /** What an access token of the replaced session is worth during the grace. */
  readonly graceIsFor: 'reading' | 'everything'
  /** What a refresh token of the replaced session is worth during the grace. */
  readonly oldRefreshToken: 'nothing' | 'tokens of the old session' | 'tokens of the successor'
}

export interface PasswordEnvironment {
  readonly grace: number
  readonly settle: number
  readonly accessTtl: number
}

export interface Token {
  /** 0: the session that asks. 1: the one that takes its place, or that the owner signs in to. */
  session: 0 | 1
  generation: number
}

export interface AccessToken extends Token {
  issuedAt: number
}

export interface PasswordWorld {
  now: number
  rows: [Row, Row | null]
  changedAt: number | null
  owner: { refresh: Token; access: AccessToken }
  /** What other tabs of the owner have sent when the password changes. */
  tab: AccessToken | null
  mustSignIn: boolean
  thief: { refresh: Token[]; access: AccessToken[] } | null
}

export const firstRow = (now: number, generation: number): Row => ({
  generation,
  rotatedAt: now,
  handedAt: null,
  usedAt: null,
  fallbacks: 0,
  confirmedAt: null,
  revoked: false,
})

export function beforeChange(): PasswordWorld {
  const token = { session: 0, generation: 0 } as const
  return {
    now: 0,
    rows: [firstRow(0, 0), null],
    changedAt: null,
    owner: { refresh: token, access: { ...token, issuedAt: 0 } },
    tab: null,
    mustSignIn: false,
    thief: null,
  }
}

export const isGood = ({ issuedAt }: AccessToken, now: number, { accessTtl }: PasswordEnvironment): boolean =>
  now < issuedAt + accessTtl

/** Everything counted from now, and from the generation that is current in each session. What is over is left out. */
export function encodePassword(world: PasswordWorld, env: PasswordEnvironment): string {
  const { now, rows, owner, tab, thief } = world
  const time = (t: number | null, oldest: number) => (t === null ? null : Math.max(t - now, -oldest))
  const token = ({ session, generation }: Token): Token => ({
    session,
    generation: Math.max(generation - (rows[session]?.generation ?? 0), OLDEST),
  })
  const access = (t: AccessToken): AccessToken =>
    isGood(t, now, env) ? { ...token(t), issuedAt: t.issuedAt - now } : { ...OVER, issuedAt: -env.accessTtl }
  const row = (r: Row | null) =>
    r && {
      ...(r.revoked ? firstRow(0, 0) : r),
      generation: 0,
      rotatedAt: r.revoked ? 0 : time(r.rotatedAt, env.settle),
      handedAt: r.revoked ? null : time(r.handedAt, env.settle),
      usedAt: r.revoked || r.confirmedAt !== null ? null : time(r.usedAt, env.settle),
      confirmedAt: r.revoked ? null : time(r.confirmedAt, env.grace),
      revoked: r.revoked,
    }
  return JSON.stringify({
    now: 0,
    rows: rows.map(row),
    changedAt: time(world.changedAt, env.grace),
    owner: { refresh: token(owner.refresh), access: access(owner.access) },
    tab: tab && access(tab),
    mustSignIn: world.mustSignIn,
    thief: thief && {
      refresh: unique(thief.refresh.map(token)),
      access: unique(thief.access.filter((t) => isGood(t, now, env)).map(access)),
    },
  })
}

/** A token of three generations ago is refused as one of two is. */
const OLDEST = -3
const OVER: Token = { session: 0, generation: OLDEST }

const unique = <T>(all: T[]): T[] =>
  [...new Set(all.map((each) => JSON.stringify(each)))].sort().map((each) => JSON.parse(each))

export const decodePassword = (key: string): PasswordWorld => JSON.parse(key)
