import type { Need, RotationState, Verdict } from '../../src/sessions/rotation.ts'
import type { Protocol } from './protocol.ts'

const row: RotationState = {
  generation: 5,
  rotatedAt: 1_000,
  confirmedAt: 2_000,
  idleExpiresAt: 8_000,
  expiresAt: 9_000,
  revokedAt: null,
}
const grace = 100

interface Bound {
  readonly name: string
  readonly state: RotationState
  readonly presented: number
  readonly arrived: number
  readonly need: Need
  readonly expected: Verdict
}

/** Each bound at its last tick before and its first tick after. */
export const bounds: readonly Bound[] = [
  at('the window is open', 4, 2_099, { kind: 'reissue', generation: 5 }),
  at('the window is closed', 4, 2_100, { kind: 'reuse' }),
  at('overtaken', 3, 999, { kind: 'late' }),
  at('not overtaken', 3, 1_000, { kind: 'reuse' }),
  at('current', 5, 3_000, { kind: 'rotate', from: 5, to: 6, forward: false }),
  at('current, for its claims', 5, 3_000, { kind: 'reissue', generation: 5 }, {}, 'claims'),
  at('previous, for its claims', 4, 2_100, { kind: 'reuse' }, {}, 'claims'),
  at('ahead', 6, 3_000, { kind: 'rotate', from: 5, to: 7, forward: true }),
  at('idle not yet', 5, 7_999, { kind: 'rotate', from: 5, to: 6, forward: false }),
  at('idle', 5, 8_000, { kind: 'ended', reason: 'idle' }),
  at(
    'hard limit not yet',
    5,
    8_999,
    { kind: 'rotate', from: 5, to: 6, forward: false },
    { idleExpiresAt: 99_999 },
  ),
  at('hard limit', 5, 9_000, { kind: 'ended', reason: 'expired' }, { idleExpiresAt: 99_999 }),
]

function at(
  name: string,
  presented: number,
  arrived: number,
  expected: Verdict,
  changes: Partial<RotationState> = {},
  need: Need = 'rotation',
): Bound {
  return { name, state: { ...row, ...changes }, presented, arrived, need, expected }
}

export function verdictAt(bound: Bound, protocol: Protocol): Verdict {
  return protocol.decide(bound.state, bound.presented, bound.arrived, grace, bound.need)
}
