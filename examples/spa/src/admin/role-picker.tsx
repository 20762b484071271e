import { useState } from 'preact/hooks'
import type { Role } from '../shapes.ts'
import { texts } from '../texts/current.ts'

const { access } = texts

interface RolePickerProps {
  /** The one that the person has. */
  readonly role: string
  /** Those that there are. */
  readonly roles: readonly Role[]
}

/** A role, and what it permits. */
export function RolePicker({ role, roles }: RolePickerProps) {
  const [chosen, choose] = useState(role)
  const names = roles.map(({ name }) => name)
  return (
    <div class="field">
      <label for="role">{access.role}</label>
      <select
        id="role"
        name="role"
        aria-describedby="role-hint"
        value={chosen}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {/* One that is no longer defined stays with those who have it. */}
        {(names.includes(role) ? names : [role, ...names]).map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <p class="hint" id="role-hint">
        {permitted(roles.find(({ name }) => name === chosen))}
      </p>
    </div>
  )
}

function permitted(role: Role | undefined): string {
  if (role === undefined) return access.roleGone
  if (role.permissions.length === 0) return access.permitsNothing
  return access.permits(role.permissions)
}
