import { decide, isFirstUse, receiptProvableFrom } from '../../src/protocol/rotation.ts'

/**
 * What the model explores: the product's own functions, and the choices around them that SQL and HTTP make.
 * A mutant is this object with one thing changed.
 */
export interface Protocol {
  readonly decide: typeof decide
  readonly receiptProvableFrom: typeof receiptProvableFrom
  readonly isFirstUse: typeof isFirstUse
  /** What a request asks for whose access token is good, but out of date about the account. Either would do. */
  readonly staleNeeds: 'claims' | 'rotation'
  /** A clock step between arrival and decision moves the arrival stamp along only if it is kept as elapsed time. */
  readonly arrivalIsKept: 'as wall time' | 'as elapsed time'
  /** When the fresh access token is signed: with the verdict, or only as the response leaves. */
  readonly accessIsSigned: 'when decided' | 'when sent'
  /** Whether a response reads the row again before it leaves, and leaves out its cookies if that moved on. */
  readonly looksAgainBeforeSending: boolean
  /** `… AND generation = ?`, `… AND revoked_at IS NULL` and `… AND handed_at <= ?` in the rotation's UPDATE. */
  readonly writeComparesGeneration: boolean
  readonly writeComparesRevocation: boolean
  readonly writeComparesHandingOut: boolean
  /** Whether a reissue writes `handed_at`. */
  readonly reissueIsWritten: boolean
  /** What the answer to a hold or an adoption brings: the client has shown the refresh token. */
  readonly holdBrings: 'the access token' | 'both tokens'
  /** What a remembered row may lead to. */
  readonly memoryDecides: 'a rotation' | 'a rotation or a hold'
  /** Where a request waits whose token is claimed by another in the same process. */
  readonly joinsFlights: boolean
  readonly wrongMacRevokes: boolean
  /** Whether a refresh token is decided on when the head has arrived, or only with the end of the body. */
  readonly judgedAt: 'the head' | 'the end of the body'
  /** What a request is worth that says it is a prefetch, and shows a refresh token alone. */
  readonly prefetch: 'nothing' | 'a request served'
  /** Whose access token proves something in a session by cookies. */
  readonly proof: 'by cookie' | 'however it is presented'
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
  writeComparesHandingOut: true,
  reissueIsWritten: true,
  holdBrings: 'the access token',
  memoryDecides: 'a rotation',
  joinsFlights: true,
  wrongMacRevokes: false,
  judgedAt: 'the head',
  prefetch: 'nothing',
  proof: 'by cookie',
}
