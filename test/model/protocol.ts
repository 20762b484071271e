import { decide, type RotationState, receiptProvableFrom, type Verdict } from '../../src/sessions/rotation.ts'

/**
 * What the model explores: the two real functions, and the choices around them that SQL and HTTP make.
 * A mutant, or a proposal, is this object with one thing changed.
 *
 * Both functions are called with more than the real ones take today, so that a variant may look at it.
 */
export interface Protocol {
  /** `issuedAt`: when the access token beside the refresh token was signed, as far as it can be read. */
  decide(
    state: RotationState | undefined,
    presented: number,
    arrived: number,
    grace: number,
    settle: number,
    issuedAt: number,
  ): Verdict
  receiptProvableFrom(
    state: RotationState,
    generation: number,
    settle: number,
    issuedAt: number,
  ): number | null
  /** Which moment becomes `rotated_at`. */
  readonly rotationIsStamped: 'when written' | 'when arrived'
  /** A clock step between arrival and decision moves the arrival stamp along only if it is kept as elapsed time. */
  readonly arrivalIsKept: 'as wall time' | 'as elapsed time'
  /** When the fresh access token is signed: with the verdict, or only as the response leaves. */
  readonly accessIsSigned: 'when decided' | 'when sent'
  /** Whether a response that comes late reads the row again, and leaves out its cookies if that moved on. */
  readonly looksAgainBeforeSending: boolean
  /** `… AND generation = ?` and `… AND revoked_at IS NULL` in the rotation's UPDATE. */
  readonly writeComparesGeneration: boolean
  readonly writeComparesRevocation: boolean
  readonly wrongMacRevokes: boolean
}

export const realProtocol: Protocol = {
  decide: (state, presented, arrived, grace) => decide(state, presented, arrived, grace),
  receiptProvableFrom: (state, generation, settle, issuedAt) =>
    receiptProvableFrom(state, generation, issuedAt, settle),
  rotationIsStamped: 'when written',
  arrivalIsKept: 'as wall time',
  accessIsSigned: 'when decided',
  looksAgainBeforeSending: true,
  writeComparesGeneration: true,
  writeComparesRevocation: true,
  wrongMacRevokes: false,
}
