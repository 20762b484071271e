import { useEffect, useState } from 'preact/hooks'

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
