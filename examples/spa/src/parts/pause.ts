import { useEffect, useState } from 'preact/hooks'

/** Long enough for a mail to arrive. */
const PAUSE_MS = 30_000

/** Whether a mail may be sent again: some time after the last one. @param sent how many were sent */
export function useMayResend(sent: number): boolean {
  const [restedAt, setRestedAt] = useState(0)
  useEffect(() => {
    const timer = setTimeout(() => setRestedAt(sent), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [sent])
  return restedAt === sent
}
