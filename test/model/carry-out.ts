/**
 * What a verdict and a good access token do to the row, as docs/rotation.md has it, and what no such step may do.
 */
import type { Verdict } from '../../src/protocol/rotation.ts'
import type { Environment } from './environment.ts'
import { accepts, asState } from './invariants.ts'
import type { Protocol } from './protocol.ts'
import type { Request, Row, World } from './world.ts'

/** What a granted verdict writes into the row, at `now` by the clock of the process that writes. */
export function write(row: Row, verdict: Verdict, now: number, protocol: Protocol): void {
  switch (verdict.kind) {
    case 'reuse':
      row.revoked = true
      return
    case 'reissue':
      if (protocol.reissueIsWritten) row.handedAt = now
      return
    case 'fall-back':
      Object.assign(row, { handedAt: now, usedAt: null, fallbacks: 1 })
      return
    case 'rotate':
    case 'adopt':
      Object.assign(row, {
        generation: verdict.to,
        rotatedAt: now,
        handedAt: verdict.kind === 'adopt' ? now : null,
        usedAt: null,
        fallbacks: 0,
        confirmedAt: null,
      })
  }
}

/** Applies a verdict on a request that has been taken off the list. Returns the invariant that this broke. */
export function carryOut(
  world: World,
  request: Request,
  verdict: Verdict,
  protocol: Protocol,
  env: Environment,
): string | undefined {
  const { row } = world
  const now = clockOf(world, request, env)
  const superseded = request.refresh < row.generation
  if (row.revoked && accepts(verdict)) return 'logout always wins'
  const joined = takeJoined(world, request)

  if (!accepts(verdict)) {
    write(row, verdict, now, protocol)
    for (const other of joined) world.requests.push({ ...other, phase: 'arrived' })
    if (world.loggedOut || (verdict.kind === 'late' && !env.lateIsRefusal)) return undefined
    return verdict.kind === 'reuse'
      ? 'an honest client never has its session revoked'
      : 'an honest client is never refused'
  }

  if ('to' in verdict && superseded) return 'a superseded token never changes the row'
  if ('to' in verdict) world.past = [{ ...row }, ...world.past].slice(0, 2)
  write(row, verdict, now, protocol)
  const handedOut = generationOf(verdict)
  const isHold = verdict.kind === 'hold' || verdict.kind === 'adopt'
  for (const answered of [request, ...joined]) {
    world.requests.push({ ...answering(answered, row, handedOut, now, env), isHold })
  }
  return handedOut === row.generation ? undefined : 'what is handed out is the current generation'
}

/** The generation that a granted verdict hands out. */
export function generationOf(verdict: Verdict): number {
  if ('to' in verdict) return verdict.to
  if ('generation' in verdict) return verdict.generation
  throw new Error(`nothing is handed out: ${verdict.kind}`)
}

/** The clock of the process that has the request. */
export const clockOf = (world: World, { process }: Request, env: Environment): number =>
  world.now + (process === 1 ? env.skew : 0)

/** Takes those off the list that wait for what becomes of this one. */
function takeJoined(world: World, { refresh, process }: Request): Request[] {
  const waits = (r: Request) => r.phase === 'joined' && r.refresh === refresh && r.process === process
  const joined = world.requests.filter(waits)
  if (joined.length > 0) world.requests = world.requests.filter((r) => !waits(r))
  return joined
}

function answering(request: Request, row: Row, generation: number, now: number, env: Environment): Request {
  return {
    ...request,
    phase: 'answering',
    refresh: generation,
    need: 'nothing',
    accessExpiresAt: now + env.accessTtl,
    arrivedAt: Math.max(row.rotatedAt, row.handedAt ?? row.rotatedAt),
  }
}

/** A request by cookie whose access token is good, when that is written. @returns what it proved */
export function prove(
  row: Row,
  request: Pick<Request, 'access' | 'accessExpiresAt' | 'arrivedAt'>,
  protocol: Pick<Protocol, 'receiptProvableFrom' | 'isFirstUse'>,
  env: Pick<Environment, 'accessTtl' | 'settle'>,
): 'use' | 'receipt' | null {
  if (row.revoked) return null
  const state = asState(row)
  const issuedAt = request.accessExpiresAt - env.accessTtl
  const from = protocol.receiptProvableFrom(state, request.access, issuedAt, env.settle)
  const used = protocol.isFirstUse(state, request.access)
  if (from !== null && request.arrivedAt >= from) {
    row.confirmedAt = request.arrivedAt
    return 'receipt'
  }
  if (used) row.usedAt = request.arrivedAt
  return used ? 'use' : null
}

export function describe(verdict: Verdict): string {
  if ('to' in verdict) return `${verdict.kind} to ${verdict.to}`
  if ('generation' in verdict) return `${verdict.kind} of R(${verdict.generation})`
  return verdict.kind
}
