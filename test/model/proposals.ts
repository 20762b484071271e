/**
 * Changes that would widen what the rotation promises, tried on the same model. Not part of the product: each is
 * here to show that it works, and that nothing else breaks.
 */
import type { Protocol } from './protocol.ts'
import { realProtocol } from './protocol.ts'

/**
 * The settle time counts from the signing of the access token that is shown, not only from the rotation: a client
 * that was reissued a token an hour after its rotation has only just received it, and its disk does not know it yet.
 * The access token is signed as the response leaves, so that a slow handler does not eat into the settle time.
 */
export const settledFromIssue: Protocol = {
  ...realProtocol,
  accessIsSigned: 'when sent',
  receiptProvableFrom(state, generation, settle, issuedAt) {
    const from = realProtocol.receiptProvableFrom(state, generation, settle, issuedAt)
    return from === null ? null : Math.max(from, issuedAt + settle)
  },
}

/** Besides: a generation that has not settled is reissued and not rotated, whatever asked for the refresh. */
export const unhurried: Protocol = {
  ...settledFromIssue,
  arrivalIsKept: 'as elapsed time',
  decide(state, presented, arrived, grace, settle, issuedAt) {
    const verdict = realProtocol.decide(state, presented, arrived, grace, settle, issuedAt)
    if (verdict.kind !== 'rotate' || state === undefined) return verdict
    // Adopt what the client holds and hand it out again; the next refresh rotates.
    if (verdict.forward) return { ...verdict, to: presented }
    const unsettled = arrived < Math.max(state.rotatedAt, issuedAt) + settle
    return unsettled ? { kind: 'reissue', generation: presented } : verdict
  },
}
