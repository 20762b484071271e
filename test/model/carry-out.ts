/**
 * What a verdict and a proof of receipt do to the row, as docs/rotation.md has it, and what no such step may do.
 */
import type { RotationState, Verdict } from '../../src/sessions/rotation.ts'
import type { Environment } from './environment.ts'
import { accepts, asState } from './invariants.ts'
import type { Protocol } from './protocol.ts'
import type { Request, World } from './world.ts'

/** Applies a verdict on a request that has been taken off the list. Returns the invariant that this broke. */
export function carryOut(
  world: World,
  request: Request,
  verdict: Verdict,
  env: Environment,
): string | undefined {
  const { row } = world
  const handOut = (generation: number) =>
    world.requests.push({
      ...request,
      phase: 'answering',
      refresh: generation,
      need: 'nothing',
      accessExpiresAt: world.now + env.accessTtl,
    })
  const superseded = request.refresh < row.generation
  const mayBeRefused = world.loggedOut || world.thief !== null
  const owed = world.provenAt !== null && request.arrivedAt >= world.provenAt + env.grace
  if (row.revoked && accepts(verdict)) return 'logout always wins'
  if (env.thief && superseded && owed && accepts(verdict)) return 'owner and thief never both go on'

  switch (verdict.kind) {
    case 'ended':
      return mayBeRefused ? undefined : 'an honest client is never refused'
    case 'late':
      return env.lateIsRefusal && !mayBeRefused ? 'an honest client is never refused' : undefined
    case 'reuse':
      row.revoked = true
      return mayBeRefused ? undefined : 'an honest client never has its session revoked'
    case 'hold':
      handOut(verdict.generation)
      return verdict.generation === row.generation ? undefined : 'reissue hands out the current generation'
    case 'reissue':
    case 'fall-back':
      handOut(verdict.generation)
      row.handedAt = world.now
      if (verdict.kind === 'fall-back') {
        row.usedAt = null
        row.fallbacks = 1
      }
      return verdict.generation === row.generation ? undefined : 'reissue hands out the current generation'
    case 'rotate':
    case 'adopt':
      if (superseded) return 'a superseded token never changes the row'
      world.past = [{ ...row }, ...world.past].slice(0, 2)
      row.generation = verdict.to
      row.rotatedAt = world.now
      row.handedAt = verdict.kind === 'adopt' ? world.now : null
      row.usedAt = null
      row.fallbacks = 0
      row.confirmedAt = null
      world.provenAt = null
      handOut(verdict.to)
      return undefined
  }
}

/** A request that shows a good access token. @returns whether that proved the receipt of the current generation */
export function prove(world: World, request: Request, protocol: Protocol, env: Environment): boolean {
  const { row } = world
  if (row.revoked) return false
  const state: RotationState = asState(row)
  const issuedAt = request.accessExpiresAt - env.accessTtl
  // The model's own yardstick for the thief's invariant: held long enough by every way of counting.
  const settled = request.arrivedAt >= Math.max(row.rotatedAt, issuedAt) + env.settle
  if (request.access === row.generation && settled) world.provenAt ??= world.now
  const from = protocol.receiptProvableFrom(state, request.access, issuedAt, env.settle)
  if (protocol.isFirstUse(state, request.access)) row.usedAt = request.arrivedAt
  if (from === null || request.arrivedAt < from) return false
  row.confirmedAt = request.arrivedAt
  return true
}

export function describe(verdict: Verdict): string {
  if (verdict.kind === 'rotate' || verdict.kind === 'adopt') return `${verdict.kind} to ${verdict.to}`
  if ('generation' in verdict) return `${verdict.kind} of R(${verdict.generation})`
  if (verdict.kind === 'ended') return `ended (${verdict.reason})`
  return verdict.kind
}
