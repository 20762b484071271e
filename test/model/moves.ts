/**
 * Everything that can happen next. The verdicts come from the protocol under test; carrying them out follows
 * docs/rotation.md: compare-and-swap, proof of receipt, a second look before cookies leave.
 *
 * Two kinds of misfortune need no move of their own. A request that is lost before it arrives is one that was never
 * sent, and a request that a proxy repeats is one that was sent twice: the explorer tries both at every step.
 */
import type { Verdict } from '../../src/sessions/rotation.ts'
import { carryOut, describe, prove } from './carry-out.ts'
import { type Environment, windowsOf } from './environment.ts'
import { asState } from './invariants.ts'
import { crash, forge, logOut, rollBack, stepClock, thieve } from './misfortunes.ts'
import type { Protocol } from './protocol.ts'
import type { Cookies, Request, Response, World } from './world.ts'
import { copy, newRequest } from './world.ts'

/** A step's words, the world after it, and the invariant that it broke, if any. */
export type Emit = (words: string, after: World, broken?: string) => void

export function moves(world: World, protocol: Protocol, env: Environment, emit: Emit): void {
  timePasses(world, env, emit)
  if (world.jar && !world.loggedOut && world.requests.length < env.maxRequests) send(world, emit)
  world.requests.forEach((request, index) => {
    if (request.phase === 'sent') arrive(world, index, protocol, env, emit)
    if (request.phase === 'arrived') decideOn(world, index, protocol, env, emit)
    if (request.phase === 'claiming') claim(world, index, protocol, env, emit)
    if (request.phase === 'answering') answer(world, index, protocol, env, emit)
  })
  world.responses.forEach((_, index) => {
    deliver(world, index, emit)
  })
  if (world.crashes > 0 && world.dirtyFor >= 0 && world.jar) crash(world, emit)
  if (world.rollbacks > 0 && !world.row.revoked) rollBack(world, emit)
  if (world.clockSteps > 0) stepClock(world, protocol, env, emit)
  if (env.logout && world.jar && !world.loggedOut) logOut(world, emit)
  if (protocol.wrongMacRevokes && !world.row.revoked) forge(world, emit)
  if (env.thief) thieve(world, protocol, env, emit)
}

function replace(world: World, index: number, request: Request | null): World {
  const after = copy(world)
  if (request) after.requests[index] = request
  else after.requests.splice(index, 1)
  return after
}

/** Nothing takes longer than the environment says: time stands still until it is done. */
function mustMoveNow(r: Request, now: number, env: Environment): boolean {
  switch (r.phase) {
    case 'sent':
      return r.age >= env.network
    case 'arrived':
    case 'claiming':
      return now - r.arrivedAt >= env.processing
    case 'answering':
      return now - (r.accessExpiresAt - env.accessTtl) >= env.handler
  }
}

function timePasses(world: World, env: Environment, emit: Emit): void {
  for (const r of world.requests) {
    if (mustMoveNow(r, world.now, env)) return
  }
  if (world.responses.some((r) => r.age >= env.network)) return
  const after = copy(world)
  after.now++
  after.requests = world.requests.map((r) => (r.phase === 'sent' ? { ...r, age: r.age + 1 } : r))
  after.responses = world.responses.map((r) => ({ ...r, age: r.age + 1 }))
  if (after.dirtyFor >= 0 && ++after.dirtyFor > env.flush) {
    after.dirtyFor = -1
    after.disk = after.jar as Cookies
  }
  emit('time passes', after)
}

function send(world: World, emit: Emit): void {
  const jar = world.jar as Cookies
  const after = copy(world)
  after.requests.push(newRequest(jar, 'sent', 0))
  emit(`the browser sends a request with R(${jar.refresh}) and an access token of ${jar.access}`, after)
}

function arrive(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  const arriving = (how: string, need: Request['need']) => {
    const after = replace(world, index, { ...request, phase: 'arrived', arrivedAt: world.now, need })
    const words = `the request with R(${request.refresh}) arrives, ${how}`
    return { after, words }
  }
  const expired = world.now >= request.accessExpiresAt
  const usual = expired
    ? arriving('its access token expired', 'rotation')
    : arriving('its access token valid', 'nothing')
  emit(usual.words, usual.after)
  if (expired) return
  if (env.staleRoles) {
    const stale = arriving('its access token stale', protocol.staleNeeds)
    emit(stale.words, stale.after)
  }
  if (world.explicitRefreshes > 0) {
    const explicit = arriving('to refresh at once', 'rotation')
    explicit.after.explicitRefreshes--
    emit(explicit.words, explicit.after)
  }
}

function decideOn(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  if (request.need === 'nothing') {
    const after = replace(world, index, null)
    const proves = prove(after, request, protocol, env)
    emit(`the request passes${proves ? ', and proves receipt' : ''}`, after)
    return
  }
  const state = asState(world.row)
  const { refresh, arrivedAt, need } = request
  const verdict = protocol.decide(state, refresh, arrivedAt, windowsOf(env), need)
  if ((verdict.kind === 'rotate' || verdict.kind === 'adopt') && env.severalProcesses) {
    const claiming: Request = { ...request, phase: 'claiming', from: verdict.from, to: verdict.to }
    emit(`a process reads generation ${verdict.from} and will rotate`, replace(world, index, claiming))
    return
  }
  const after = replace(world, index, null)
  const broken = carryOut(after, request, verdict, env)
  emit(`R(${refresh}) is looked at: ${describe(verdict)}`, after, broken)
}

function claim(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  const { row } = world
  const handedAgain =
    request.refresh === request.from &&
    request.arrivedAt < Math.max(row.rotatedAt, row.handedAt ?? row.rotatedAt) + env.settle
  const moved = protocol.writeComparesGeneration && (row.generation !== request.from || handedAgain)
  const ended = protocol.writeComparesRevocation && row.revoked
  if (moved || ended) {
    emit(
      'the compare-and-swap finds the row changed',
      replace(world, index, { ...request, phase: 'arrived' }),
    )
    return
  }
  const isAdoption = request.refresh === request.to
  const verdict: Verdict = { kind: isAdoption ? 'adopt' : 'rotate', from: row.generation, to: request.to }
  const after = replace(world, index, null)
  const broken = row.revoked
    ? 'logout always wins'
    : request.to <= row.generation
      ? 'generations only grow'
      : carryOut(after, request, verdict, env)
  emit(`the compare-and-swap from ${request.from} to ${request.to} succeeds`, after, broken)
}

function answer(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  const { row } = world
  const without = replace(world, index, null)
  const current = row.generation === request.refresh && !row.revoked
  if (protocol.looksAgainBeforeSending && !current) {
    emit('the response leaves without cookies: the session has moved on', without)
    return
  }
  const broken = row.revoked ? 'no cookie comes back after the end' : undefined
  if (env.losses || request.orphan || broken) {
    emit(`the response with R(${request.refresh}) is lost`, without, broken)
  }
  if (request.orphan || !world.jar || world.responses.length >= env.maxResponses) return
  const after = copy(without)
  const accessExpiresAt =
    protocol.accessIsSigned === 'when sent' ? world.now + env.accessTtl : request.accessExpiresAt
  after.responses.push({ generation: request.refresh, accessExpiresAt, age: 0 })
  emit(`the response with R(${request.refresh}) leaves`, after)
}

function deliver(world: World, index: number, emit: Emit): void {
  const { generation, accessExpiresAt } = world.responses[index] as Response
  const after = copy(world)
  after.responses.splice(index, 1)
  // Once dirty, the file stays as it is until it is written; the first change starts the clock.
  if (after.dirtyFor < 0) {
    after.dirtyFor = 0
    after.disk = world.jar as Cookies
  }
  after.jar = { refresh: generation, access: generation, accessExpiresAt }
  emit(`the browser receives R(${generation})`, after)
}
