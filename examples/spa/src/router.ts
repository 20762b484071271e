import { useEffect, useState } from 'preact/hooks'
import { HOME } from './settings.ts'

const read = (): string => location.hash.replace(/^#\/?/, '')

/** The part of the address behind `#/`. Views have no address of their own at the server, so any server will do. */
export function useRoute(): string {
  const [route, setRoute] = useState(read)
  useEffect(() => {
    const follow = (): void => setRoute(read())
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  return route
}

export function go(route: string): void {
  location.hash = `/${route}`
}

/** Views that a person who is signed in no longer needs. */
const ENTRIES = ['', 'sign-in', 'create-account']

/** Views for links in mail: for every visitor, signed in or not. */
const OPEN = ['forgot-password', 'new-password', 'invitation', 'confirm-address', 'keep-address']

export const isOpen = (route: string): boolean => OPEN.includes(route.split('/', 1)[0] as string)

/** Returns the first part of a route, or that of the first view where the route names none. */
export function viewOf(route: string): string {
  const [name = ''] = route.split('/')
  return ENTRIES.includes(name) ? HOME : name
}
