import { decide, isFirstUse, receiptProvableFrom } from '../../src/sessions/rotation.ts'

/**
 * What the model explores: the product's own two functions, and the choices around them that SQL and HTTP make.
 * A mutant is this object with one thing changed.
 */
export interface Protocol {
  readonly decide: typeof decide
  readonly receiptProvableFrom: typeof receiptProvableFrom
  readonly isFirstUse: typeof isFirstUse
  /** What a request asks for whose access token is good, but out of date about the account. */
  readonly staleNeeds: 'claims' | 'rotation'
  /** A clock step between arrival and decision moves the arrival stamp along only if it is kept as elapsed time. */
  readonly arrivalIsKept: 'as wall time' | 'as elapsed time'
  /** When the fresh access token is signed: with the verdict, or only as the response leaves. */
  readonly accessIsSigned: 'when decided' | 'when sent'
  /** Whether a response reads the row again before it leaves, and leaves out its cookies if that moved on. */
  readonly looksAgainBeforeSending: boolean
  /** `… AND generation = ?` and `… AND revoked_at IS NULL` in the rotation's UPDATE. */
  readonly writeComparesGeneration: boolean
  readonly writeComparesRevocation: boolean
  readonly wrongMacRevokes: boolean
}

export const realProtocol: Protocol = {
  decide,
  receiptProvableFrom,
  isFirstUse,
  staleNeeds: 'claims',
  arrivalIsKept: 'as elapsed time',
  accessIsSigned: 'when sent',
  looksAgainBeforeSending: true,
  writeComparesGeneration: true,
  writeComparesRevocation: true,
  wrongMacRevokes: false,
}
