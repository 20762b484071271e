import type { AccessChange, UserRow } from '../store/users.ts'
import { ADMINISTRATOR_ROLE } from '../store/users.ts'

/** Whether the account has the role and is enabled. */
export const isAdministrator = ({ role, disabledAt }: Pick<UserRow, 'role' | 'disabledAt'>): boolean =>
  role === ADMINISTRATOR_ROLE && disabledAt === null

/** The columns of access after a change. A state that does not change keeps its time. */
export function accessAfter(before: UserRow, change: AccessChange, at: number) {
  const since = (was: number | null, is: boolean | undefined): number | null => {
    if (is === undefined) return was
    return is ? (was ?? at) : null
  }
  return {
    role: change.role ?? before.role,
    disabledAt: since(before.disabledAt, change.disabled),
    passwordChangeRequiredAt: since(before.passwordChangeRequiredAt, change.passwordChangeRequired),
  }
}

/** The roles that the actor has to reach: the account's role and its new role. */
export const rolesOf = (user: UserRow | undefined, { role }: AccessChange = {}): string[] =>
  [user?.role, role].filter((each) => each !== undefined)
