/**
 * What must be true of every world, whatever happened before. What must be true of a single step (no honest client is
 * refused, a superseded token changes nothing, …) is checked where the step is made.
 */
import type { RotationState, Verdict } from '../../src/protocol/rotation.ts'
import { type Environment, windowsOf } from './environment.ts'
import type { Protocol } from './protocol.ts'
import type { Row, World } from './world.ts'

const REFUSALS: readonly Verdict['kind'][] = ['ended', 'late', 'reuse']

export const accepts = (verdict: Verdict): boolean => !REFUSALS.includes(verdict.kind)

/** Assumed: a session within its idle and hard limits. */
export const asState = ({ revoked, ...row }: Row): RotationState => ({
  ...row,
  idleExpiresAt: Number.POSITIVE_INFINITY,
  expiresAt: Number.POSITIVE_INFINITY,
  revokedAt: revoked ? 0 : null,
})

/** Returns the invariant that this world breaks. */
export function brokenIn(world: World, protocol: Protocol, env: Environment): string | undefined {
  const state = asState(world.row)
  const { generation } = world.row
  const windows = windowsOf(env)
  const acceptable = (presented: number) => accepts(protocol.decide(state, presented, world.now, windows))

  if (world.row.revoked) {
    for (let k = generation - 2; k <= generation + 2; k++) {
      if (acceptable(k)) return 'logout always wins'
    }
    return undefined
  }

  // Of those the row knows of. After the database has fallen back, all that it forgot are acceptable as well, and
  // have to be: any of them may be what the client holds.
  let count = 0
  for (let k = generation - 4; k <= generation; k++) if (acceptable(k)) count++
  if (count > 2) return 'at most two generations are acceptable'

  if (world.loggedOut || !world.jar) return undefined
  const outstanding = [
    world.jar.refresh,
    ...world.responses.filter((r) => !r.isHold).map((r) => r.generation),
  ]
  if (world.dirtyFor >= 0 && world.crashes > 0) outstanding.push(world.disk.refresh)
  if (!outstanding.every((k) => acceptable(k))) return 'every jar that may come is acceptable'
  return undefined
}
