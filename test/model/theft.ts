/**
 * The model of a thief. What must hold:
 * - a token that is presented outside its window ends the session;
 * - a fall-back that is not forgiven any more ends it;
 * - when the owner is away, the owner's return ends it once the thief has lived long enough on one copied token.
 */
import type { Verdict } from '../../src/protocol/rotation.ts'
import { generationOf, prove, write } from './carry-out.ts'
import { accepts, asState } from './invariants.ts'
import type { Protocol } from './protocol.ts'
import { type Emit, type Exploration, type Limits, search, TIME_PASSES } from './search.ts'
import { decodeTheft, encodeTheft } from './theft-encoding.ts'
import {
  type AccessToken,
  beforeTheft,
  copyTheft,
  type TheftEnvironment,
  type TheftWorld,
  type Thief,
} from './theft-world.ts'

export const exploreTheft = (protocol: Protocol, env: TheftEnvironment, limits: Limits): Exploration =>
  search<TheftWorld>(
    {
      first: beforeTheft(env),
      encode: (world, to) => encodeTheft(world, to, env),
      decode: (from, like) => decodeTheft(from, like.row.generation, env),
      moves: (world, emit) => moves(world, protocol, env, emit),
      brokenIn: (world) => brokenIn(world, protocol, env),
    },
    limits,
  )

const windows = ({ grace, settle }: TheftEnvironment) => ({ graceMs: grace, settleMs: settle })
const isGood = ({ issuedAt }: AccessToken, now: number, env: TheftEnvironment) =>
  now < issuedAt + env.accessTtl

function brokenIn(world: TheftWorld, protocol: Protocol, env: TheftEnvironment): string | undefined {
  if (!world.isAway || world.row.revoked || world.stolenFor < env.foundWithin) return undefined
  const verdict = protocol.decide(asState(world.row), world.owner.refresh, world.now, windows(env))
  return verdict.kind === 'reuse' ? undefined : "the owner's return ends a session that a thief has lived on"
}

function moves(world: TheftWorld, protocol: Protocol, env: TheftEnvironment, emit: Emit<TheftWorld>): void {
  if (world.row.revoked) return
  timePasses(world, env, emit)
  if (!world.isAway) ownerActs(world, protocol, env, emit)
  if (world.thief === null) steal(world, env, emit)
  else thiefActs(world, world.thief, protocol, env, emit)
}

function timePasses(world: TheftWorld, env: TheftEnvironment, emit: Emit<TheftWorld>): void {
  const isLacking = world.thief !== null && env.wants !== null
  if (isLacking && world.lackingFor >= env.pause) return
  if (world.held !== null && world.now - world.held.arrivedAt >= env.requestTimeout) return
  const after = copyTheft(world)
  after.now++
  if (world.thief !== null) after.stolenFor++
  if (isLacking) after.lackingFor++
  emit(TIME_PASSES, after)
}

function steal(world: TheftWorld, env: TheftEnvironment, emit: Emit<TheftWorld>): void {
  const after = copyTheft(world)
  const { refresh, access } = after.owner
  after.thief = { refresh: [refresh], access: [access] }
  after.isAway = env.ownerIsAway
  emit(`a thief copies R(${refresh})${env.ownerIsAway ? ', and the owner goes away' : ''}`, after)
}

function ownerActs(
  world: TheftWorld,
  protocol: Protocol,
  env: TheftEnvironment,
  emit: Emit<TheftWorld>,
): void {
  const { access, refresh } = world.owner
  if (isGood(access, world.now, env)) {
    const after = copyTheft(world)
    use(after, after.owner.access, protocol, env)
    emit(`the owner uses an access token of ${access.generation}`, after)
  }
  // Also with a good access token: a cookie may be lost.
  const { after, broken, handedOut, words } = present(world, refresh, world.now, protocol, env)
  if (handedOut !== null && !broken) {
    const received = copyTheft(after)
    received.owner = { refresh: handedOut.generation, access: handedOut }
    emit(`the owner ${words}`, received)
  }
  emit(`the owner ${words}${handedOut ? ', and the answer is lost' : ''}`, after, broken)
}

function thiefActs(
  world: TheftWorld,
  thief: Thief,
  protocol: Protocol,
  env: TheftEnvironment,
  emit: Emit<TheftWorld>,
): void {
  thief.access.forEach((token, index) => {
    if (!isGood(token, world.now, env)) return
    const words = `the thief uses an access token of ${token.generation}`
    const byCookie = copyTheft(world)
    byCookie.lackingFor = 0
    use(byCookie, byCookie.thief?.access[index] as AccessToken, protocol, env)
    emit(`${words} in the cookie`, byCookie)
    const asBearer = copyTheft(world)
    if (env.wants === 'any service') asBearer.lackingFor = 0
    if (protocol.proof !== 'by cookie')
      use(asBearer, asBearer.thief?.access[index] as AccessToken, protocol, env)
    emit(`${words} as a bearer`, asBearer)
  })

  for (const refresh of thief.refresh) {
    const now = present(world, refresh, world.now, protocol, env)
    if (env.wants === 'any service' && now.handedOut) now.after.lackingFor = 0
    emit(`the thief ${now.words}`, learning(now.after, now.handedOut), now.broken)
    prefetch(world, refresh, protocol, env, emit)
    if (protocol.judgedAt === 'the end of the body' && world.held === null) {
      const after = copyTheft(world)
      after.held = { refresh, arrivedAt: world.now }
      emit(`the thief sends the head of a request with R(${refresh})`, after)
    }
  }
  if (world.held === null) return
  const { refresh, arrivedAt } = world.held
  const late = present({ ...world, held: null }, refresh, arrivedAt, protocol, env)
  emit(`the thief sends the body, and ${late.words}`, learning(late.after, late.handedOut), late.broken)
}

function prefetch(
  world: TheftWorld,
  refresh: number,
  protocol: Protocol,
  env: TheftEnvironment,
  emit: Emit<TheftWorld>,
): void {
  if (protocol.prefetch === 'nothing') return
  const verdict = protocol.decide(asState(world.row), refresh, world.now, windows(env))
  if (!accepts(verdict)) return
  const after = copyTheft(world)
  after.lackingFor = 0
  emit(`the thief is served a prefetch by R(${refresh})`, after)
}

/** He keeps what he is handed: every refresh token, and the youngest access token of each generation. */
function learning(world: TheftWorld, handedOut: AccessToken | null): TheftWorld {
  const { thief } = world
  if (thief === null || handedOut === null) return world
  const { generation } = handedOut
  return {
    ...world,
    thief: {
      refresh: [...new Set([generation, ...thief.refresh])].sort((a, b) => b - a),
      access: [handedOut, ...thief.access.filter((token) => token.generation !== generation)],
    },
  }
}

function use(world: TheftWorld, token: AccessToken, protocol: Protocol, env: TheftEnvironment): void {
  const { row, truth, now } = world
  const { generation, issuedAt, isSeen } = token
  const isCurrent = generation === row.generation
  if (isCurrent && now >= Math.max(row.rotatedAt, issuedAt) + env.settle) truth.provenAt ??= now
  if (isCurrent && !isSeen) truth.usedAt ??= now
  const request = { access: generation, accessExpiresAt: issuedAt + env.accessTtl, arrivedAt: now }
  const isFirstUse: Protocol['isFirstUse'] = (...use) => !isSeen && protocol.isFirstUse(...use)
  prove(row, request, { ...protocol, isFirstUse }, env)
  token.isSeen = true
}

/** @param arrived when the head of the request arrived; what must hold is counted from now */
function present(
  world: TheftWorld,
  refresh: number,
  arrived: number,
  protocol: Protocol,
  env: TheftEnvironment,
) {
  const after = copyTheft(world)
  const verdict = protocol.decide(asState(world.row), refresh, arrived, windows(env))
  const broken = mustEnd(world, refresh, env) && verdict.kind !== 'reuse' ? OUTSIDE : undefined
  write(after.row, verdict, world.now, protocol)
  if ('to' in verdict) after.truth = { provenAt: null, usedAt: null, hasFallenBack: false }
  if (verdict.kind === 'fall-back') after.truth = { ...after.truth, usedAt: null, hasFallenBack: true }
  const handedOut: AccessToken | null = accepts(verdict)
    ? { generation: generationOf(verdict), issuedAt: world.now, isSeen: false }
    : null
  return { after, broken, handedOut, words: `presents R(${refresh}): ${told(verdict)}` }
}

const OUTSIDE = 'outside the window a presentation ends the session'
const told = (verdict: Verdict): string =>
  'to' in verdict ? `${verdict.kind} to ${verdict.to}` : verdict.kind

/** By what really happened: whether this token, presented now, has to end the session. */
function mustEnd({ row, truth, now }: TheftWorld, refresh: number, env: TheftEnvironment): boolean {
  if (refresh < row.generation - 1) return now >= row.rotatedAt
  if (refresh === row.generation) return false
  if (truth.provenAt !== null) return now >= truth.provenAt + env.grace
  return truth.hasFallenBack && truth.usedAt !== null && now >= truth.usedAt + env.settle
}
