/**
 * Wrong versions of the decision and of how it is carried out. A model that does not notice one of them proves
 * nothing about the right version.
 */
import { endReason, type RotationState, type Verdict } from '../../src/protocol/rotation.ts'
import { calm, type Environment } from './environment.ts'
import * as at from './environments.ts'
import { type Protocol, realProtocol } from './protocol.ts'
import { aside, besides, type TheftSetting } from './theft-settings.ts'

export interface Mutant {
  readonly name: string
  readonly protocol: Protocol
  /** Where the model of an honest browser has to look. */
  readonly env?: Environment
  /** Where the model of a thief has to look. With neither: off by one tick, and the table of bounds catches it. */
  readonly theft?: TheftSetting
}

type Decide = Protocol['decide']
type Prove = Protocol['receiptProvableFrom']
type Windows = Parameters<Decide>[3]

const real = realProtocol
const deciding = (decide: Decide): Protocol => ({ ...real, decide })
const proving = (receiptProvableFrom: Prove): Protocol => ({ ...real, receiptProvableFrom })
const prove = real.receiptProvableFrom

/** The real decision, with one thing put in its place where `when` says so. */
const except = (
  when: (state: RotationState, presented: number, arrived: number, windows: Windows) => boolean,
  instead: (state: RotationState, presented: number) => Verdict,
): Protocol =>
  deciding((state, presented, arrived, windows, need) =>
    endReason(state, arrived) === null && when(state, presented, arrived, windows)
      ? instead(state, presented)
      : real.decide(state, presented, arrived, windows, need),
  )

/** The real decision by a row that says something else. */
const reading = (change: (state: RotationState) => Partial<RotationState>): Protocol =>
  deciding((state, presented, arrived, windows, need) =>
    real.decide({ ...state, ...change(state) }, presented, arrived, windows, need),
  )

/** Puts another verdict in the place of those of one kind. */
const insteadOf = (
  kind: Verdict['kind'],
  other: (state: RotationState, presented: number) => Verdict,
): Protocol =>
  deciding((state, presented, arrived, windows, need) => {
    const verdict = real.decide(state, presented, arrived, windows, need)
    return verdict.kind === kind ? other(state, presented) : verdict
  })

const reuse = (): Verdict => ({ kind: 'reuse' })
const reissue = ({ generation }: RotationState): Verdict => ({ kind: 'reissue', generation })
const rotate = ({ generation }: RotationState): Verdict => ({
  kind: 'rotate',
  from: generation,
  to: generation + 1,
})
const previous = (state: RotationState, presented: number) => presented === state.generation - 1

/** Of the decision: what an honest browser notices. */
const refusing: readonly Mutant[] = [
  { name: 'reissue rotates', protocol: except(previous, rotate), env: calm },
  {
    name: 'the window counts from the rotation',
    protocol: except(
      (s, k, arrived, { graceMs }) => previous(s, k) && arrived >= s.rotatedAt + graceMs,
      reuse,
    ),
    env: calm,
  },
  { name: 'hold rotates', protocol: insteadOf('hold', rotate), env: at.explicit },
  {
    name: 'the hold counts from the rotation alone',
    protocol: reading(() => ({ handedAt: null })),
    env: at.explicit,
  },
  { name: 'a reissue is not written', protocol: { ...real, reissueIsWritten: false }, env: at.explicit },
  {
    name: 'a hold brings the refresh token',
    protocol: { ...real, holdBrings: 'both tokens' },
    env: at.slowWays,
  },
  { name: 'no fall-back is forgiven', protocol: insteadOf('fall-back', reuse), env: at.crash },
  {
    name: 'no settle time',
    protocol: proving((state, generation, issuedAt) => prove(state, generation, issuedAt, 0)),
    env: at.crash,
  },
  {
    name: 'the settle time counts from the rotation only',
    protocol: proving((state, generation, _, settle) => prove(state, generation, state.rotatedAt, settle)),
    env: at.crash,
  },
  { name: 'adoption refused', protocol: insteadOf('adopt', reuse), env: at.rollback },
  {
    name: 'adoption goes on to the next',
    protocol: insteadOf('adopt', ({ generation }, k) => ({ kind: 'adopt', from: generation, to: k + 1 })),
    env: at.rollback,
  },
  {
    name: 'proof by an access token of any generation',
    protocol: proving((state, _, issuedAt, settle) => prove(state, state.generation, issuedAt, settle)),
    env: at.explicit,
  },
  {
    name: 'reissue repeats the token that was presented',
    protocol: insteadOf('reissue', (_, generation) => ({ kind: 'reissue', generation })),
    env: calm,
  },
  { name: 'late is reuse', protocol: insteadOf('late', reuse), env: at.waiting },
  {
    name: 'late comes before reissue',
    protocol: except(
      (s, k, arrived) => k < s.generation && arrived < s.rotatedAt,
      () => ({ kind: 'late' }),
    ),
    env: calm,
  },
]

/** Of what is around the decision. */
const carrying: readonly Mutant[] = [
  {
    name: 'the access token is signed with the verdict',
    protocol: { ...real, accessIsSigned: 'when decided' },
    env: at.crashDuringSlowAnswers,
  },
  {
    name: 'the arrival is kept as wall time',
    protocol: { ...real, arrivalIsKept: 'as wall time' },
    env: at.clockBack,
  },
  { name: 'a wrong MAC revokes', protocol: { ...real, wrongMacRevokes: true }, env: calm },
  {
    name: 'a revoked session still decides',
    protocol: reading(() => ({ revokedAt: null })),
    env: at.signOut,
  },
  {
    name: 'the write does not compare the generation',
    protocol: { ...real, writeComparesGeneration: false },
    env: at.processes,
  },
  {
    name: 'the write does not ask whether the session was revoked',
    protocol: { ...real, writeComparesRevocation: false },
    env: at.signOut,
  },
  {
    name: 'a bearer proves for a browser',
    protocol: { ...real, proof: 'however it is presented' },
    env: at.upstreams,
  },
  {
    name: 'a response leaves without a second look',
    protocol: { ...real, looksAgainBeforeSending: false },
    env: at.signOut,
  },
]

/** Detection: what an honest browser would never notice. */
const detecting: readonly Mutant[] = [
  { name: 'reuse is late', protocol: insteadOf('reuse', () => ({ kind: 'late' })), theft: besides },
  { name: 'reuse is a reissue', protocol: insteadOf('reuse', reissue), theft: besides },
  { name: 'the window never closes', protocol: except(previous, reissue), theft: besides },
  { name: 'proof by refresh token only', protocol: proving(() => null), theft: besides },
  {
    name: '`<=` at the end of the window',
    protocol: except(
      (s, k, arrived, { graceMs }) => previous(s, k) && arrived === (s.confirmedAt ?? arrived) + graceMs,
      reissue,
    ),
    theft: besides,
  },
  {
    name: '`>` for `>=` at the settle time',
    protocol: proving((state, generation, issuedAt, settle) =>
      prove(state, generation, issuedAt, settle + 1),
    ),
    theft: besides,
  },
  {
    name: 'a token two generations old is reissued too',
    protocol: except((s, k) => k === s.generation - 2 && s.confirmedAt === null, reissue),
    theft: besides,
  },
  { name: 'no use is written', protocol: { ...real, isFirstUse: () => false }, theft: aside },
  { name: 'a fall-back is a reissue', protocol: insteadOf('fall-back', reissue), theft: aside },
  { name: 'every fall-back is forgiven', protocol: reading(() => ({ fallbacks: 0 })), theft: aside },
  { name: 'a prefetch is served', protocol: { ...real, prefetch: 'a request served' }, theft: aside },
  {
    name: 'a request is judged with its body, by when its head came',
    protocol: { ...real, judgedAt: 'the end of the body' },
    theft: besides,
  },
]

/** As if a limit were reached only one tick later. */
const limitPassed = (limit: 'expiresAt' | 'idleExpiresAt'): Protocol =>
  reading((state) => ({ [limit]: state[limit] + 1 }))

/** Off by a single tick, or by a number that any later step puts right. */
const ticks: readonly Mutant[] = [
  {
    name: 'adoption by one only',
    protocol: insteadOf('adopt', ({ generation }) => ({
      kind: 'adopt',
      from: generation,
      to: generation + 1,
    })),
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
    name: '`>=` for `>` at adoption',
    protocol: except(
      (s, k) => k === s.generation,
      (s, k) => ({ kind: 'adopt', from: s.generation, to: k }),
    ),
  },
  {
    name: '`<=` for `<` at the hold',
    protocol: except(
      (s, k, arrived, { settleMs }) =>
        k === s.generation && arrived === Math.max(s.rotatedAt, s.handedAt ?? s.rotatedAt) + settleMs,
      (s) => ({ kind: 'hold', generation: s.generation }),
    ),
  },
  {
    name: '`>` for `>=` at the fall-back',
    protocol: except(
      (s, k, arrived, { settleMs }) =>
        previous(s, k) && s.confirmedAt === null && s.usedAt !== null && arrived === s.usedAt + settleMs,
      reissue,
    ),
  },
]

export const mutants: readonly Mutant[] = [...refusing, ...carrying, ...detecting, ...ticks]
