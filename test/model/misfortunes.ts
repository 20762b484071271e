import { carryOut, describe, prove } from './carry-out.ts'
import { type Environment, windowsOf } from './environment.ts'
import { accepts, asState } from './invariants.ts'
import type { Emit } from './moves.ts'
import type { Protocol } from './protocol.ts'
import { copy, newRequest, type Request, type World } from './world.ts'

export function crash(world: World, emit: Emit): void {
  const after = copy(world)
  after.crashes--
  after.jar = world.disk
  after.dirtyFor = -1
  after.responses = []
  after.requests = world.requests.map((r) => ({ ...r, orphan: true }))
  emit(`the browser crashes and comes back with R(${world.disk.refresh})`, after)
}

/** Only rotations and proofs are lost: revocations are committed durably, so no fall reaches behind one. */
export function rollBack(world: World, emit: Emit): void {
  world.past.forEach((row, index) => {
    const after = copy(world)
    after.rollbacks--
    after.row = { ...row }
    after.past = world.past.slice(index + 1)
    emit(`the database falls back to generation ${row.generation}`, after)
    if (row.confirmedAt === null) return
    const unproven = copy(after)
    unproven.row.confirmedAt = null
    emit(`the database falls back to generation ${row.generation}, before its proof of receipt`, unproven)
  })
  if (world.row.confirmedAt === null) return
  const after = copy(world)
  after.rollbacks--
  after.row.confirmedAt = null
  emit('the database loses the proof of receipt', after)
}

export function stepClock(world: World, protocol: Protocol, env: Environment, emit: Emit): void {
  const shift = env.clockDirection === 'back' ? -env.clockStep : env.clockStep
  const after = copy(world)
  after.clockSteps--
  after.now += shift
  if (protocol.arrivalIsKept === 'as elapsed time') {
    after.requests = world.requests.map((r) => ({ ...r, arrivedAt: r.arrivedAt + shift }))
  }
  emit(`the server's clock steps ${env.clockDirection} by ${env.clockStep}`, after)
}

export function logOut(world: World, emit: Emit): void {
  const after = copy(world)
  after.row.revoked = true
  after.jar = null
  after.dirtyFor = -1
  after.responses = []
  after.loggedOut = true
  emit('the user signs out', after)
}

export function forge(world: World, emit: Emit): void {
  const after = copy(world)
  after.row.revoked = true
  emit('somebody sends a token with a wrong MAC', after, 'an honest client never has its session revoked')
}

/** The thief has the better network: what he does happens at once. */
export function thieve(world: World, protocol: Protocol, env: Environment, emit: Emit): void {
  if (!world.thief) {
    if (!world.jar) return
    const after = copy(world)
    after.thief = world.jar
    emit(`a thief copies the jar with R(${world.jar.refresh})`, after)
    return
  }
  if (world.row.revoked) return
  const request = newRequest(world.thief, 'arrived', world.now)
  if (world.now < world.thief.accessExpiresAt) {
    const after = copy(world)
    prove(after, request, protocol, env)
    emit(`the thief uses an access token of ${world.thief.access}`, after)
  }
  // Nothing makes a thief wait until the access token has expired.
  const after = copy(world)
  const { refresh } = world.thief
  const verdict = protocol.decide(asState(world.row), refresh, world.now, windowsOf(env))
  const broken = carryOut(after, request, verdict, env)
  if (accepts(verdict) && !broken) {
    const answered = after.requests.pop() as Request
    const handed = { refresh: answered.refresh, access: answered.refresh }
    after.thief = { ...handed, accessExpiresAt: answered.accessExpiresAt }
  }
  emit(`the thief presents R(${refresh}): ${describe(verdict)}`, after, broken)
}
