/**
 * Everything that can happen next. The verdicts come from the protocol under test; carrying them out follows
 * docs/rotation.md: compare-and-swap, proof of receipt, a second look before cookies leave.
 *
 * Two kinds of misfortune need no move of their own. A request that is lost before it arrives is one that was never
 * sent, and a process that is killed before it writes has never had the request.
 */
import { clockOf, prove } from './carry-out.ts'
import type { Environment } from './environment.ts'
import { crash, forge, forget, logOut, rollBack, stepClock } from './misfortunes.ts'
import type { Protocol } from './protocol.ts'
import { claim, decideOn } from './refreshing.ts'
import { type Emit as EmitOf, TIME_PASSES } from './search.ts'
import { type Cookies, copy, newRequest, type Request, type Response, type World } from './world.ts'

export type Emit = EmitOf<World>

export function moves(world: World, protocol: Protocol, env: Environment, emit: Emit): void {
  timePasses(world, env, emit)
  if (world.jar && !world.loggedOut && world.requests.length < env.maxRequests) send(world, emit)
  world.requests.forEach((request, index) => {
    if (request.phase === 'sent') arrive(world, index, protocol, env, emit)
    if (request.phase === 'arrived') lookAt(world, index, protocol, env, emit)
    if (request.phase === 'claiming') claim(world, index, protocol, env, emit)
    if (request.phase === 'answering') answer(world, index, protocol, env, emit)
  })
  world.responses.forEach((_, index) => {
    deliver(world, index, env, emit)
  })
  if (world.crashes > 0 && world.dirtyFor >= 0 && world.jar) crash(world, emit)
  if (world.rollbacks > 0 && !world.row.revoked) rollBack(world, emit)
  if (world.clockSteps > 0) stepClock(world, protocol, env, emit)
  if (world.memory) forget(world, emit)
  if (world.upstream) callBack(world, protocol, env, emit)
  if (env.logout && world.jar && !world.loggedOut) logOut(world, emit)
  if (protocol.wrongMacRevokes && !world.row.revoked) forge(world, emit)
}

export function replace(world: World, index: number, request: Request | null): World {
  const after = copy(world)
  if (request) after.requests[index] = request
  else after.requests.splice(index, 1)
  return after
}

/** Nothing takes longer than the environment says: time stands still until it is done. */
function mustMoveNow(r: Request, world: World, env: Environment): boolean {
  switch (r.phase) {
    case 'sent':
      return r.age >= env.toService
    case 'arrived':
    case 'claiming':
      return clockOf(world, r, env) - r.arrivedAt >= env.processing
    case 'answering':
      return clockOf(world, r, env) - (r.accessExpiresAt - env.accessTtl) >= env.handler
    case 'joined':
      return false
  }
}

function timePasses(world: World, env: Environment, emit: Emit): void {
  for (const r of world.requests) {
    if (mustMoveNow(r, world, env)) return
  }
  if (world.responses.some((r) => r.age >= env.toBrowser)) return
  const after = copy(world)
  after.now++
  after.requests = world.requests.map((r) => (r.phase === 'sent' ? { ...r, age: r.age + 1 } : r))
  after.responses = world.responses.map((r) => ({ ...r, age: r.age + 1 }))
  if (after.dirtyFor >= 0 && ++after.dirtyFor > env.flush) {
    after.dirtyFor = -1
    after.disk = after.jar as Cookies
  }
  emit(TIME_PASSES, after)
}

function send(world: World, emit: Emit): void {
  const jar = world.jar as Cookies
  const after = copy(world)
  after.requests.push(newRequest(jar))
  emit(`the browser sends a request with R(${jar.refresh}) and an access token of ${jar.access}`, after)
}

function arrive(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  for (let process = 0; process < env.processes; process++) {
    const request = { ...(world.requests[index] as Request), process }
    const now = clockOf(world, request, env)
    const where = env.processes === 1 ? '' : ` at process ${process}`
    const arriving = (how: string, need: Request['need']) => {
      const arrived: Request = { ...request, phase: 'arrived', arrivedAt: now, need }
      const words = `the request with R(${request.refresh}) arrives${where}, ${how}`
      emit(words, replace(world, index, arrived))
      if (!env.repeats || world.requests.length >= env.maxRequests) return
      const again = replace(world, index, arrived)
      again.requests.push(request)
      emit(`${words}; a proxy will repeat it`, again)
    }
    const expired = now >= request.accessExpiresAt
    if (expired) arriving('its access token expired', 'rotation')
    else arriving('its access token valid', 'nothing')
    if (!expired && env.staleRoles) arriving('its access token stale', protocol.staleNeeds)
    if (!expired && env.explicitRefreshes) arriving('its access token lost', 'rotation')
  }
}

function lookAt(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  if (request.need !== 'nothing') {
    decideOn(world, index, protocol, env, emit)
    return
  }
  const after = replace(world, index, null)
  const proved = prove(after.row, request, protocol, env)
  emit(`the request passes${proved ? `, and proves ${proved}` : ''}`, after)
  if (proved && env.unwrittenProofs)
    emit('the request passes; what it proves is not written', replace(world, index, null))
}

function answer(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  const { row } = world
  const without = replace(world, index, null)
  if (env.upstreams) {
    without.upstream = {
      access: request.refresh,
      accessExpiresAt: clockOf(world, request, env) + env.accessTtl,
    }
  }
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
  const signedAt = clockOf(world, request, env)
  const accessExpiresAt =
    protocol.accessIsSigned === 'when sent' ? signedAt + env.accessTtl : request.accessExpiresAt
  const isHold = request.isHold && protocol.holdBrings === 'the access token'
  after.responses.push({ generation: request.refresh, isHold, accessExpiresAt, age: 0 })
  if (env.processes > 1 && request.process === 0) {
    after.memory = { generation: request.refresh, handedAt: request.arrivedAt }
  }
  emit(`the response with R(${request.refresh}) leaves`, after)
}

/** As a bearer: it must not prove for the browser. */
function callBack(world: World, protocol: Protocol, env: Environment, emit: Emit): void {
  const { upstream, now } = world
  if (protocol.proof === 'by cookie' || upstream === null || now >= upstream.accessExpiresAt) return
  const after = copy(world)
  const proved = prove(after.row, { ...upstream, arrivedAt: now }, protocol, env)
  if (proved) emit(`the upstream calls back, and proves ${proved}`, after)
}

function deliver(world: World, index: number, env: Environment, emit: Emit): void {
  const response = world.responses[index] as Response
  const { generation, accessExpiresAt, isHold } = response
  const taken = () => {
    const after = copy(world)
    after.responses.splice(index, 1)
    // Once dirty, the file stays as it is until it is written; the first change starts the clock. Without a crash to
    // come it makes no difference.
    if (after.dirtyFor < 0 && world.crashes > 0) {
      after.dirtyFor = 0
      after.disk = world.jar as Cookies
    }
    const refresh = isHold ? (world.jar as Cookies).refresh : generation
    after.jar = { refresh, access: generation, accessExpiresAt }
    return after
  }
  const brings = isHold ? `an access token of ${generation}` : `R(${generation})`
  emit(`the browser receives ${brings}`, taken())
  if (!env.repeats) return
  const again = taken()
  again.responses.push(response)
  emit(`the browser receives ${brings}, which will come again`, again)
}
