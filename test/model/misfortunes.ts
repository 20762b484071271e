import type { Environment } from './environment.ts'
import type { Emit } from './moves.ts'
import type { Protocol } from './protocol.ts'
import { copy, type World } from './world.ts'

export function crash(world: World, emit: Emit): void {
  const after = copy(world)
  after.crashes--
  after.jar = world.disk
  after.dirtyFor = -1
  after.responses = []
  after.requests = world.requests.map((r) => ({ ...r, orphan: true }))
  emit(`the browser crashes and comes back with R(${world.disk.refresh})`, after)
}

/** Only rotations, uses and proofs are lost: revocations are committed durably, so no fall reaches behind one. */
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
    after.requests = world.requests.map((r) =>
      r.phase === 'answering' ? r : { ...r, arrivedAt: r.arrivedAt + shift },
    )
  }
  emit(`the server's clock steps ${env.clockDirection} by ${env.clockStep}`, after)
}

/** The process is started anew, or needs the place for another session. */
export function forget(world: World, emit: Emit): void {
  const after = copy(world)
  after.memory = null
  emit('process 0 forgets the session', after)
}

export function logOut(world: World, emit: Emit): void {
  const after = copy(world)
  after.row.revoked = true
  after.jar = null
  after.dirtyFor = -1
  after.responses = []
  after.memory = null
  after.loggedOut = true
  emit('the user signs out', after)
}

export function forge(world: World, emit: Emit): void {
  const after = copy(world)
  after.row.revoked = true
  emit('an attacker sends a token with a wrong MAC', after, 'an honest client never has its session revoked')
}
