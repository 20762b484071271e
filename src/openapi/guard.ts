import type { Guard, Rule } from '../access/guards.ts'

/** Returns who may call a route, as a phrase for people. */
export function whoMayCall(guard: Guard): string {
  if (guard === 'public') return 'every client'
  if (guard === 'signed-in') return 'every signed-in user'
  if ('client' in guard) {
    return `every registered client${guard.or === undefined ? '' : `, or ${whoMayCall(guard.or)}`}`
  }
  return phraseOf(guard)
}

function phraseOf({ role, permission, owner, or }: Rule): string {
  const parts = [
    ...(role === undefined ? [] : [`the role ${[role].flat().join(' or ')}`]),
    ...(permission === undefined ? [] : [`the permission ${permission}`]),
    ...(owner === undefined ? [] : [`the owner named by ${owner}`]),
  ]
  return parts.join(' with ') + (or === undefined ? '' : `, or ${phraseOf(or)}`)
}
