import type { Accounts } from '../accounts/accounts.ts'
import { presentUser } from '../schemas/present.ts'
import type { Account } from '../store/account.ts'
import type { Answer } from './output.ts'

/** Returns the account with an address. Rejects if there is none. */
export async function accountOf(accounts: Accounts, email: string): Promise<Account> {
  const user = await accounts.findByEmail(email)
  if (user === undefined) throw new Error(`There is no account with the address ${email}`)
  return user
}

/** Returns the answer of a command about one account. */
export const about = (user: Account, text: string): Answer => ({ json: { user: presentUser(user) }, text })

export const ABOUT_JSON =
  'With --json: {"user": {"id", "email", "name", "role", "createdAt", "disabled", "emailConfirmed"}}'
