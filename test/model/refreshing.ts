/** A request that shows a refresh token, from the row to the verdict. */
import type { Verdict } from '../../src/protocol/rotation.ts'
import { carryOut, describe } from './carry-out.ts'
import { type Environment, windowsOf } from './environment.ts'
import { asState } from './invariants.ts'
import { type Emit, replace } from './moves.ts'
import type { Protocol } from './protocol.ts'
import type { Request, World } from './world.ts'

export function decideOn(
  world: World,
  index: number,
  protocol: Protocol,
  env: Environment,
  emit: Emit,
): void {
  const request = world.requests[index] as Request
  if (protocol.joinsFlights && env.processes > 1 && isClaimed(world, request)) {
    emit(
      `the request with R(${request.refresh}) joins the flight`,
      replace(world, index, { ...request, phase: 'joined' }),
    )
    return
  }
  if (env.processes > 1 && remembered(world, index, protocol, env, emit)) return

  const { refresh, arrivedAt, need } = request
  const state = asState(world.row)
  const verdict = protocol.decide(
    state,
    refresh,
    arrivedAt,
    windowsOf(env),
    need === 'nothing' ? 'rotation' : need,
  )
  if ('to' in verdict && env.processes > 1) {
    emit(`a process reads generation ${verdict.from}: ${describe(verdict)}`, claiming(world, index, verdict))
    return
  }
  const after = replace(world, index, null)
  const broken = carryOut(after, request, verdict, protocol, env)
  emit(`R(${refresh}) is looked at: ${describe(verdict)}`, after, broken)
}

const isClaimed = (world: World, { refresh, process }: Request): boolean =>
  world.requests.some((r) => r.phase === 'claiming' && r.refresh === refresh && r.process === process)

function claiming(world: World, index: number, { from, to }: { from: number; to: number }): World {
  const request = world.requests[index] as Request
  return replace(world, index, { ...request, phase: 'claiming', from, to })
}

/** By what process 0 remembers, when that goes with the token. @returns whether that was enough */
function remembered(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): boolean {
  const request = world.requests[index] as Request
  const { refresh, arrivedAt, process, need, to } = request
  const { memory } = world
  // A request that has lost its claim reads the row.
  const isFirst = to === 0
  if (process !== 0 || memory?.generation !== refresh || need !== 'rotation' || !isFirst) return false
  if (arrivedAt >= memory.handedAt + env.settle) {
    const verdict = { from: refresh, to: refresh + 1 }
    emit(`process 0 remembers generation ${refresh}, and will rotate`, claiming(world, index, verdict))
    return true
  }
  if (protocol.memoryDecides === 'a rotation') return false
  const after = replace(world, index, null)
  const broken = carryOut(after, request, { kind: 'hold', generation: refresh }, protocol, env)
  emit(`process 0 remembers generation ${refresh}, and holds it`, after, broken)
  return true
}

export function claim(world: World, index: number, protocol: Protocol, env: Environment, emit: Emit): void {
  const request = world.requests[index] as Request
  const { refresh, arrivedAt, from, to } = request
  const { row } = world
  const kind = refresh === to ? 'adopt' : 'rotate'
  const handedAt = Math.max(row.rotatedAt, row.handedAt ?? row.rotatedAt)
  const isHeld = kind === 'rotate' && arrivedAt < handedAt + env.settle
  const moved =
    (protocol.writeComparesGeneration && row.generation !== from) ||
    (protocol.writeComparesRevocation && row.revoked) ||
    (protocol.writeComparesHandingOut && row.generation === from && isHeld)
  if (moved) {
    emit(
      'the compare-and-swap finds the row changed',
      replace(world, index, { ...request, phase: 'arrived' }),
    )
    return
  }
  const verdict: Verdict = { kind, from: row.generation, to }
  const after = replace(world, index, null)
  const broken = row.revoked
    ? 'logout always wins'
    : to <= row.generation
      ? 'generations only grow'
      : carryOut(after, request, verdict, protocol, env)
  emit(`the compare-and-swap from ${from} to ${to} succeeds`, after, broken)
}
