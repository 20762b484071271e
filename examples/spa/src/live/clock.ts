import { useEffect, useState } from 'preact/hooks'

/** The time of day, moving: with each frame, or by the second for those who like it calm. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      const timer = setInterval(() => setNow(Date.now()), 1_000)
      return () => clearInterval(timer)
    }
    let frame = requestAnimationFrame(function follow() {
      setNow(Date.now())
      frame = requestAnimationFrame(follow)
    })
    return () => cancelAnimationFrame(frame)
  }, [])
  return now
}
