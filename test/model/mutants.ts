/**
 * Wrong versions of the decision and of how it is carried out. A model that does not notice one of them proves
 * nothing about the right version.
 */
import { endReason, type RotationState, type Verdict } from '../../src/sessions/rotation.ts'
import type { Environment } from './environment.ts'
import { calm } from './environment.ts'
import {
  clockBack,
  crash,
  crashDuringSlowAnswers,
  explicitAlone,
  slowUploads,
  staleRoles,
  theft,
} from './environments.ts'
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
  return deciding((state, presented, arrived, windows, need) => {
    if (state && endReason(state, arrived) === null && when(state, presented, arrived, windows.graceMs)) {
      return instead(state, presented)
    }
    return realProtocol.decide(state, presented, arrived, windows, need)
  })
}

const reuse = (): Verdict => ({ kind: 'reuse' })
const reissue = (state: RotationState): Verdict => ({ kind: 'reissue', generation: state.generation })
const previous = (state: RotationState, presented: number) => presented === state.generation - 1

type Prove = Protocol['receiptProvableFrom']

function proving(receiptProvableFrom: Prove): Protocol {
  return { ...realProtocol, receiptProvableFrom }
}

const prove = realProtocol.receiptProvableFrom

/** As if a limit were reached only one tick later. */
function limitPassed(limit: 'expiresAt' | 'idleExpiresAt'): Protocol {
  return deciding((state, presented, arrived, windows, need) => {
    const later = state && { ...state, [limit]: state[limit] + 1 }
    return realProtocol.decide(later, presented, arrived, windows, need)
  })
}

export const mutants: readonly Mutant[] = [
  {
    name: 'reissue rotates',
    protocol: except(previous, ({ generation }) => ({
      kind: 'rotate',
      from: generation,
      to: generation + 1,
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
    protocol: proving((state, generation, issuedAt) => prove(state, generation, issuedAt, 0)),
    env: crash,
  },
  {
    name: 'the settle time counts from the rotation only',
    protocol: proving((state, generation, _, settle) => prove(state, generation, state.rotatedAt, settle)),
    env: crash,
  },
  {
    name: 'the access token is signed with the verdict',
    protocol: { ...realProtocol, accessIsSigned: 'when decided' },
    env: crashDuringSlowAnswers,
  },
  {
    name: 'the arrival is kept as wall time',
    protocol: { ...realProtocol, arrivalIsKept: 'as wall time' },
    env: clockBack,
  },
  {
    name: 'a stale access token rotates',
    protocol: { ...realProtocol, staleNeeds: 'rotation' },
    env: staleRoles,
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
  {
    name: '`>` for `>=` at the settle time',
    protocol: proving((state, generation, issuedAt, settle) =>
      prove(state, generation, issuedAt, settle + 1),
    ),
    env: theft.env,
  },
  {
    name: 'adoption refused',
    protocol: except((s, k) => k > s.generation, reuse),
    env: { ...calm, rollbacks: 1 },
  },
  {
    name: 'adoption by one only',
    protocol: except(
      (s, k) => k > s.generation,
      ({ generation }) => ({ kind: 'adopt', from: generation, to: generation + 1 }),
    ),
    env: { ...calm, rollbacks: 1 },
  },
  {
    name: 'proof by refresh token only',
    protocol: proving(() => null),
    env: theft.env,
  },
  {
    name: 'proof by an access token of any generation',
    protocol: proving((state, _, issuedAt, settle) => prove(state, state.generation, issuedAt, settle)),
    env: explicitAlone,
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
    protocol: deciding((state, presented, arrived, windows, need) =>
      realProtocol.decide(state && { ...state, revokedAt: null }, presented, arrived, windows, need),
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
      (s, k) => ({ kind: 'adopt', from: s.generation, to: k + 1 }),
    ),
  },
]
