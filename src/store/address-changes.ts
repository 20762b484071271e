/**
 * The contract of changes of an address. Times are milliseconds since the Unix epoch.
 *
 * Threat: a thief with a session changes the address, and then the password by a link to the new
 * address. The owner has no way back. Or two accounts end up with one address.
 * Guarantee: only the new address can confirm a change. Each address that is left gets a link that
 * puts it back. The link depends on no password and no later change. It voids what came after it,
 * and never what came before: the first link of a chain wins. Until the link expires, no other
 * account can take the address, and the owner cannot delete the account.
 * Limits: for that time, who reads the mail of the address that was left can take the account.
 * Source: OWASP ASVS 5.0 V6.3.7, NIST SP 800-63B-4 section 4.6.
 */
import type { OwnerProof } from './authority.ts'
import type { AuthEvent } from './events.ts'
import type { NewMail } from './outbox.ts'
import type { MailFor, UserRow } from './user-row.ts'

/** A change that waits for its confirmation. An account has one: a newer one replaces it. */
export interface AddressChange {
  /** SHA-256 of the token that confirms the change: 32 bytes. */
  readonly hash: Buffer
  readonly userId: string
  /** The new address as the user typed it, and in the spelling that identifies a mailbox. */
  readonly email: string
  readonly emailKey: string
  /** The address that the account had when the change was asked for. */
  readonly fromEmailKey: string
  /** The password that the account had then. */
  readonly passwordChangedAt: number
  readonly createdAt: number
  readonly expiresAt: number
}

/** An address that the account gets back by a link. */
export interface FormerAddress {
  /** SHA-256 of the token that puts the address back: 32 bytes. */
  readonly hash: Buffer
  readonly userId: string
  /** The order of the links of an account. */
  readonly step: number
  readonly email: string
  readonly emailKey: string
  readonly emailConfirmedAt: number | null
  readonly createdAt: number
  readonly expiresAt: number
}

/** The token that puts back the address that an account has now. */
export type UndoToken = Pick<FormerAddress, 'hash' | 'createdAt' | 'expiresAt'>

export interface AddressRequest {
  readonly change: Omit<AddressChange, 'fromEmailKey' | 'passwordChangedAt'>
  readonly undo: UndoToken
  readonly by: OwnerProof
  /** The mail to the new address. Each of both is written at the same cost. */
  readonly mail: { readonly ifFree: NewMail; readonly ifTaken: NewMail }
  /** The mail to the old address, with the link of `undo`. */
  readonly notice: MailFor
  readonly event: AuthEvent
}

export interface AddressConfirmation {
  /** SHA-256 of the token that confirms the change. */
  readonly hash: Buffer
  readonly at: number
  readonly undo: UndoToken
  /** Returns the keys of the counts of failures of the new address: 32 bytes each. */
  clearFailures(emailKey: string): readonly Buffer[]
  event(user: UserRow): AuthEvent
  /**
   * The mail to the old address.
   * @param before the account as it was
   * @param isReturn whether the account went back to an address that a link could put back: the
   *   address that it leaves gets no link
   */
  notice(before: UserRow, isReturn: boolean): readonly NewMail[]
}

export interface AddressRestoration {
  /** SHA-256 of the token that puts the address back. */
  readonly hash: Buffer
  readonly at: number
  event(user: UserRow): AuthEvent
  /** The mail to both addresses. */
  mail(before: UserRow, after: UserRow): readonly NewMail[]
}

/** The changes of addresses. Methods reject with AuthError STORE_UNAVAILABLE: see store.ts. */
export interface AddressChangeStore {
  /**
   * Stores a change that waits for its confirmation, and its mail. An address of another account
   * gets other mail, and its change cannot be confirmed. The address that the account has gets a
   * link, unless the new one has an earlier link.
   * @returns `limited`: a mail has reached its limit, and nothing is stored
   */
  requestAddressChange(request: AddressRequest): Promise<'requested' | 'limited' | 'session-ended'>
  /**
   * Uses a token that confirms a change. The account has the new address, which is confirmed.
   * Sessions stay alive, and their access tokens go stale. The other links of the account are void,
   * except those that put an address back.
   * @returns the account after the change; null, with nothing changed, if the token is not valid,
   *   the account has another address or password than it had, is disabled, or another account has
   *   the address
   */
  confirmAddressChange(confirmation: AddressConfirmation): Promise<UserRow | null>
  /**
   * Uses a token that puts an address back, also for a disabled account. Every session ends as
   * `address-restored`, the account has no password, and its other links are void, except those of
   * addresses that it had before.
   * @returns the account after the change; null, with nothing changed, if the token is not valid
   */
  restoreAddress(restoration: AddressRestoration): Promise<UserRow | null>
}
