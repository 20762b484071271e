/**
 * The model of the limits: a browser that asks and sleeps as it likes. Time is absolute, and ends a little after the
 * hard limit. What must hold:
 * - a browser that was served not long ago is never refused before the hard limit, and always after it;
 * - a client that never shows the newest token ends within two idle limits of the rotation.
 */
import { decide, type RotationState, type Verdict } from '../../src/protocol/rotation.ts'
import { decodeIdle, encodeIdle } from './idle-encoding.ts'
import type { IdleEnvironment, IdleProtocol } from './idle-settings.ts'
import type { IdleRow, IdleWorld } from './idle-world.ts'
import { accepts } from './invariants.ts'
import { type Emit, type Exploration, type Limits, search, TIME_PASSES } from './search.ts'

const GRACE = 1
const SETTLE = 2
const ACCESS_TTL = 4
const NEAR = 2 * ACCESS_TTL
/** A browser that was served since then is not refused. */
const RECENT = ACCESS_TTL
const IDLE = 16
const HARD = 48
/** How far the clock is behind, and for how long at most: what rotates meanwhile is held until it is right. */
const BEHIND = 20
const MOST_BEHIND_FOR = 3
/** An older copy may have run out, and then signs out. */
const BACKUP_AGE = 2

const first: IdleWorld = {
  now: 0,
  row: { generation: 1, rotatedAt: 0, handedAt: null, idleExpiresAt: IDLE },
  refresh: 1,
  accessExpiresAt: ACCESS_TTL,
  lost: 0,
  servedAt: 0,
}

export const exploreIdle = (protocol: IdleProtocol, env: IdleEnvironment, limits: Limits): Exploration =>
  search<IdleWorld>(
    {
      first,
      encode: (world, to) => encodeIdle(world, to, RECENT),
      decode: decodeIdle,
      moves: (world, emit) => moves(world, protocol, env, emit),
      brokenIn: () => undefined,
    },
    limits,
  )

/** In one setting after the other, until the promise is broken. */
export function exploreIdleIn(
  settings: readonly { readonly env: IdleEnvironment }[],
  protocol: IdleProtocol,
  limits: Limits,
): Exploration {
  let found: Exploration = { states: 0, depth: 0, complete: true }
  for (const { env } of settings) {
    found = exploreIdle(protocol, env, limits)
    if (found.violation) break
  }
  return found
}

function moves(world: IdleWorld, protocol: IdleProtocol, env: IdleEnvironment, emit: Emit<IdleWorld>): void {
  const { now, behindSince, backup, row } = world
  // What the clock and a restore do together shows early.
  if (now > (env.losesAccess ? NEAR : HARD + 1)) return
  const isBehind = typeof behindSince === 'number'
  if (!isBehind || now - behindSince < MOST_BEHIND_FOR) emit(TIME_PASSES, { ...world, now: now + 1 })
  if (env.clock === 'behind for a while' && behindSince === undefined) {
    emit('the clock is put back', { ...world, behindSince: now })
  }
  if (isBehind) emit('the clock is put right', { ...world, behindSince: null })
  if (env.restores && backup === undefined) {
    emit('the database is copied', { ...world, backup: { row, at: now } })
  }
  if (backup && now - backup.at <= BACKUP_AGE) {
    emit('the database is restored', { ...world, row: backup.row, backup: null })
  }
  ask(world, isBehind ? now - BEHIND : now, protocol, env, emit)
}

/** @param time what the clock says */
function ask(
  world: IdleWorld,
  time: number,
  protocol: IdleProtocol,
  env: IdleEnvironment,
  emit: Emit<IdleWorld>,
): void {
  const { now, row } = world
  // A clock that is behind may serve a browser that has been away for too long.
  const counts = time === now || now - world.servedAt < RECENT
  const asked = { ...world, servedAt: counts ? now : world.servedAt }
  if (time < world.accessExpiresAt) {
    emit('the browser is served by its access token', asked, time >= HARD ? PAST : undefined)
    if (!env.losesAccess) return
  }
  const state: RotationState = { ...UNUSED, ...row }
  const verdict = decide(state, world.refresh, time, { graceMs: GRACE, settleMs: SETTLE })
  if (!accepts(verdict)) {
    const isDue = !env.isService || now >= HARD || now - world.servedAt >= RECENT
    emit(`the browser is refused (${verdict.kind})`, { ...world, now: HARD + 2 }, isDue ? undefined : REFUSED)
    return
  }
  const after = { ...asked, row: written(row, state, verdict, time, protocol) }
  if (after.row.generation !== row.generation) after.lost = 0
  const words = `R(${world.refresh}) is presented: ${verdict.kind}`
  const broken = brokenBy(row, after.row, time)
  const isEndless = env.clock === 'right' && verdict.kind === 'reissue' && now >= row.rotatedAt + 2 * IDLE
  if (after.lost < env.losses) {
    const lost = env.losses === Number.POSITIVE_INFINITY ? 0 : after.lost + 1
    emit(`${words}, and the answer is lost`, { ...after, lost }, broken ?? (isEndless ? ENDLESS : undefined))
  }
  if (env.losses === Number.POSITIVE_INFINITY) return
  const accessExpiresAt = Math.min(time + ACCESS_TTL, after.row.idleExpiresAt, HARD)
  emit(words, { ...after, refresh: after.row.generation, accessExpiresAt }, broken)
}

const UNUSED = { usedAt: null, fallbacks: 0, confirmedAt: null, expiresAt: HARD, revokedAt: null }
function brokenBy(before: IdleRow, after: IdleRow, time: number): string | undefined {
  if (time >= HARD) return PAST
  if (after.idleExpiresAt > HARD) return BEYOND
  return after.idleExpiresAt < before.idleExpiresAt ? BACK : undefined
}

const REFUSED = 'a browser that was served not long ago is not refused before the hard limit'
const PAST = 'nothing is served after the hard limit'
const BACK = 'the idle limit never moves back'
const BEYOND = 'the idle limit never lies behind the hard limit'
const ENDLESS = 'a client that never shows the newest token ends within two idle limits'

function written(
  row: IdleRow,
  state: RotationState,
  verdict: Verdict,
  time: number,
  protocol: IdleProtocol,
): IdleRow {
  const moved = (limit: number) =>
    protocol.neverMovesBack || limit === 0 ? Math.max(row.idleExpiresAt, limit) : limit
  if (verdict.kind === 'reissue') {
    const limit = protocol.afterReissue(state, time, IDLE, NEAR)
    return { ...row, handedAt: time, idleExpiresAt: moved(limit) }
  }
  if (!('to' in verdict)) return row
  return {
    generation: verdict.to,
    rotatedAt: time,
    handedAt: verdict.kind === 'adopt' ? time : null,
    idleExpiresAt: moved(protocol.afterRotation(state, time, IDLE)),
  }
}
