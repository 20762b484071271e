import type { Guard, Rule } from '../access/guards.ts'

/** Who may call a route, for people. */
export function whoMayCall(guard: Guard): string {
  if (guard === 'public') return 'anybody'
  if (guard === 'signed-in') return 'whoever is signed in'
  return inWords(guard)
}

function inWords({ role, permission, owner, or }: Rule): string {
  const parts = [
    ...(role === undefined ? [] : [`the role ${[role].flat().join(' or ')}`]),
    ...(permission === undefined ? [] : [`the permission ${permission}`]),
    ...(owner === undefined ? [] : [`the owner named by ${owner}`]),
  ]
  return parts.join(' with ') + (or === undefined ? '' : `, or ${inWords(or)}`)
}
