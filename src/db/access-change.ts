import type { Invitation } from '../store/registrations.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AccessChange } from '../store/users.ts'
import { ADMINISTRATOR_ROLE } from '../store/users.ts'

/** Whether the account has the role, is enabled, and is not only invited. */
export const isAdministrator = ({
  role,
  disabledAt,
  invitedAt,
}: Pick<UserRow, 'role' | 'disabledAt' | 'invitedAt'>): boolean =>
  role === ADMINISTRATOR_ROLE && disabledAt === null && invitedAt === null

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

/** The roles that an actor has to reach to invite: an account that exists keeps all that it has. */
export const rolesToInvite = (before: UserRow | undefined, { user, role }: Invitation): string[] =>
  before === undefined || before.invitedAt === null ? [user.role] : rolesOf(before, { role })
