import { useState } from 'preact/hooks'
import type { Role } from '../shapes.ts'

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
      <label for="role">Role</label>
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
  if (role === undefined) return 'This role is no longer defined, and permits nothing.'
  if (role.permissions.length === 0) return 'Permits nothing beyond the account itself.'
  return `Permits ${role.permissions.join(', ')}.`
}
