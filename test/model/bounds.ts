import type { Need, RotationState, Verdict } from '../../src/protocol/rotation.ts'
import type { Protocol } from './protocol.ts'

const row: RotationState = {
  generation: 5,
  rotatedAt: 1_000,
  handedAt: null,
  usedAt: 1_500,
  fallbacks: 0,
  confirmedAt: 2_000,
  idleExpiresAt: 8_000,
  expiresAt: 9_000,
  revokedAt: null,
}
const windows = { graceMs: 100, settleMs: 1_000 }

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
  at('current', 5, 3_000, { kind: 'rotate', from: 5, to: 6 }),
  at('current, for its claims', 5, 3_000, { kind: 'hold', generation: 5 }, {}, 'claims'),
  at('previous, for its claims', 4, 2_100, { kind: 'reuse' }, {}, 'claims'),
  at('held', 5, 1_999, { kind: 'hold', generation: 5 }),
  at('no longer held', 5, 2_000, { kind: 'rotate', from: 5, to: 6 }),
  at('held since it was handed out again', 5, 2_999, { kind: 'hold', generation: 5 }, { handedAt: 2_000 }),
  at('no longer held since then', 5, 3_000, { kind: 'rotate', from: 5, to: 6 }, { handedAt: 2_000 }),
  at('used for less than D', 4, 2_499, { kind: 'reissue', generation: 5 }, { confirmedAt: null }),
  at('used for D', 4, 2_500, { kind: 'fall-back', generation: 5 }, { confirmedAt: null }),
  at('used for D, again', 4, 2_500, { kind: 'reuse' }, { confirmedAt: null, fallbacks: 1 }),
  at('not used', 4, 2_500, { kind: 'reissue', generation: 5 }, { confirmedAt: null, usedAt: null }),
  at('ahead', 6, 3_000, { kind: 'adopt', from: 5, to: 6 }),
  at('far ahead', 9, 3_000, { kind: 'adopt', from: 5, to: 9 }),
  at('idle not yet', 5, 7_999, { kind: 'rotate', from: 5, to: 6 }),
  at('idle', 5, 8_000, { kind: 'ended', reason: 'idle' }),
  at('hard limit not yet', 5, 8_999, { kind: 'rotate', from: 5, to: 6 }, { idleExpiresAt: 99_999 }),
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
  return protocol.decide(bound.state, bound.presented, bound.arrived, windows, bound.need)
}
