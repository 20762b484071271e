import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { APP_NAME } from '../settings.ts'

let first = true

/** A view's heading. It takes the focus when the view is changed, so that reading begins there. */
export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useLayoutEffect(() => {
    document.title = `${title} · ${APP_NAME}`
    // A page that has just been opened is read from its beginning.
    if (!first) heading.current?.focus()
    first = false
  }, [title])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}
