/**
 * Wrong versions of the decision and of how it is carried out. A model that does not notice one of them proves
 * nothing about the right version.
 */
import { endReason, type RotationState, type Verdict } from '../../src/sessions/rotation.ts'
import type { Environment } from './environment.ts'
import { calm } from './environment.ts'
import { slowUploads, theft } from './environments.ts'
import { type Protocol, realProtocol } from './protocol.ts'

export interface Mutant {
  readonly name: string
  readonly protocol: Protocol
  /** Where the model has to look. Without one: the mutant is off by a single tick, and the table of bounds catches it. */
  readonly env?: Environment
}

type Decide = Protocol['decide']

function deciding(decide: Decide): Protocol {
  return { ...realProtocol, decide }
}

/** The real decision, with one thing put in its place where `when` says so. */
function except(
  when: (state: RotationState, presented: number, arrived: number, grace: number) => boolean,
  instead: (state: RotationState, presented: number) => Verdict,
): Protocol {
  return deciding((state, presented, arrived, grace) => {
    if (state && endReason(state, arrived) === null && when(state, presented, arrived, grace)) {
      return instead(state, presented)
    }
    return realProtocol.decide(state, presented, arrived, grace, 0, 0)
  })
}

const reuse = (): Verdict => ({ kind: 'reuse' })
const reissue = (state: RotationState): Verdict => ({ kind: 'reissue', generation: state.generation })
const previous = (state: RotationState, presented: number) => presented === state.generation - 1

function settled(settle: (settle: number) => number): Protocol {
  return {
    ...realProtocol,
    receiptProvableFrom: (state, generation, settleMs) =>
      realProtocol.receiptProvableFrom(state, generation, settle(settleMs), 0),
  }
}

/** As if a limit were reached only one tick later. */
function limitPassed(limit: 'expiresAt' | 'idleExpiresAt'): Protocol {
  return deciding((state, presented, arrived, grace) => {
    const later = state && { ...state, [limit]: state[limit] + 1 }
    return realProtocol.decide(later, presented, arrived, grace, 0, 0)
  })
}

export const mutants: readonly Mutant[] = [
  {
    name: 'reissue rotates',
    protocol: except(previous, ({ generation }) => ({
      kind: 'rotate',
      from: generation,
      to: generation + 1,
      forward: false,
    })),
    env: calm,
  },
  {
    name: 'the window counts from the rotation',
    protocol: except((s, k, arrived, grace) => previous(s, k) && arrived >= s.rotatedAt + grace, reuse),
    env: calm,
  },
  {
    name: 'no settle time',
    protocol: settled(() => 0),
    env: { ...calm, crashes: 1, losses: false, handler: 0 },
  },
  { name: 'the window never closes', protocol: except(previous, reissue), env: theft.env },
  { name: 'a wrong MAC revokes', protocol: { ...realProtocol, wrongMacRevokes: true }, env: calm },
  {
    name: '`<=` at the end of the window',
    protocol: except(
      (s, k, arrived, grace) => previous(s, k) && s.confirmedAt !== null && arrived === s.confirmedAt + grace,
      reissue,
    ),
    env: theft.env,
  },
  { name: '`>` for `>=` at the settle time', protocol: settled((settle) => settle + 1), env: theft.env },
  {
    name: 'fast-forward refused',
    protocol: except((s, k) => k > s.generation, reuse),
    env: { ...calm, rollbacks: 1 },
  },
  {
    name: 'fast-forward by one only',
    protocol: except(
      (s, k) => k > s.generation,
      ({ generation }) => ({ kind: 'rotate', from: generation, to: generation + 1, forward: true }),
    ),
    env: { ...calm, rollbacks: 1 },
  },
  {
    name: 'proof by refresh token only',
    protocol: { ...realProtocol, receiptProvableFrom: () => null },
    env: theft.env,
  },
  {
    name: 'proof by an access token of any generation',
    protocol: {
      ...realProtocol,
      receiptProvableFrom: (state, _, settle) =>
        realProtocol.receiptProvableFrom(state, state.generation, settle, 0),
    },
    env: { ...calm, forced: 1, maxRequests: 1 },
  },
  {
    name: 'a token two generations old is reissued too',
    protocol: except((s, k) => k === s.generation - 2 && s.confirmedAt === null, reissue),
    env: calm,
  },
  {
    name: 'reissue repeats the token that was presented',
    protocol: except(
      (s, k) => previous(s, k) && s.confirmedAt === null,
      (_, presented) => ({ kind: 'reissue', generation: presented }),
    ),
    env: calm,
  },
  {
    name: 'overtaken is taken for stolen',
    protocol: except((s, k, arrived) => k < s.generation - 1 && arrived < s.rotatedAt, reuse),
    env: slowUploads,
  },
  {
    name: 'late comes before reissue',
    protocol: except(
      (s, k, arrived) => k < s.generation && arrived < s.rotatedAt,
      () => ({ kind: 'late' }),
    ),
    env: calm,
  },
  {
    name: 'a revoked session still decides',
    protocol: deciding((state, presented, arrived, grace) =>
      realProtocol.decide(state && { ...state, revokedAt: null }, presented, arrived, grace, 0, 0),
    ),
    env: { ...calm, logout: true },
  },
  {
    name: 'the write does not compare the generation',
    protocol: { ...realProtocol, writeComparesGeneration: false },
    env: { ...calm, severalProcesses: true },
  },
  {
    name: 'the write does not ask whether the session was revoked',
    protocol: { ...realProtocol, writeComparesRevocation: false },
    env: { ...calm, severalProcesses: true, logout: true },
  },
  {
    name: 'a response leaves without a second look',
    protocol: { ...realProtocol, looksAgainBeforeSending: false },
    env: { ...calm, logout: true },
  },
  {
    name: 'the rotation is stamped with the arrival',
    protocol: { ...realProtocol, rotationIsStamped: 'when arrived' },
    env: { ...calm, crashes: 1, losses: false, handler: 0, processing: 3 },
  },
  { name: '`>` for `>=` at the hard limit', protocol: limitPassed('expiresAt') },
  { name: '`>` for `>=` at the idle limit', protocol: limitPassed('idleExpiresAt') },
  {
    name: '`<=` for `<` between late and reuse',
    protocol: except(
      (s, k, arrived) => k < s.generation - 1 && arrived === s.rotatedAt,
      () => ({ kind: 'late' }),
    ),
  },
  {
    name: '`>=` for `>` at fast-forward',
    protocol: except(
      (s, k) => k === s.generation,
      (s, k) => ({ kind: 'rotate', from: s.generation, to: k + 1, forward: true }),
    ),
  },
]
