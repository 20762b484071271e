import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { call, onSignedOut, type Refusal } from './api.ts'
import { go } from './router.ts'
import { mayBeSignedIn } from './settings.ts'
import type { Me } from './shapes.ts'

/** Tells the other tabs that the user signed in or out. Each tab then asks the service who it is. */
const tabs = new BroadcastChannel('tacit')

export interface SessionState {
  /** Undefined until the service has answered; null when no user is signed in. */
  readonly me: Me | null | undefined
  /** Why the service could not be asked. */
  readonly problem: Refusal | undefined
  /** Whether the session ended without this page having asked for it. */
  readonly ended: boolean
  /** Asks the service who is signed in. */
  ask(): Promise<void>
  /** Asks, and has the other tabs ask. */
  changed(): Promise<void>
  signOut(): Promise<void>
}

export function useSession(): SessionState {
  const [me, setMe] = useState<Me | null>()
  const [problem, setProblem] = useState<Refusal>()
  const [ended, setEnded] = useState(false)
  const signedIn = useRef(false)

  const read = useCallback(async () => {
    try {
      setMe(await call<Me>('GET', '/me'))
      signedIn.current = true
      setEnded(false)
      setProblem(undefined)
    } catch (error) {
      const refusal = error as Refusal
      setProblem(refusal.status === 401 ? undefined : refusal)
    }
  }, [])

  const ask = useCallback(async () => {
    // A request that is refused is an error in the console of the browser.
    if (signedIn.current || (await mayBeSignedIn().catch(() => true))) return read()
    setMe(null)
    setProblem(undefined)
  }, [read])

  const changed = useCallback(async () => {
    await read()
    tabs.postMessage('changed')
  }, [read])

  const signOut = useCallback(async () => {
    await call('POST', '/auth/logout')
    signedIn.current = false
    setMe(null)
    go('')
    tabs.postMessage('changed')
  }, [])

  useEffect(() => {
    onSignedOut(() => {
      if (signedIn.current) setEnded(true)
      signedIn.current = false
      setMe(null)
    })
    const look = (): void => {
      if (document.visibilityState === 'visible') void ask()
    }
    tabs.onmessage = () => void ask()
    document.addEventListener('visibilitychange', look)
    void ask()
    return () => document.removeEventListener('visibilitychange', look)
  }, [ask])

  return { me, problem, ended, ask, changed, signOut }
}
