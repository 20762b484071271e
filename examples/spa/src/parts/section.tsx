import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface SectionProps {
  readonly title: string
  readonly about?: ComponentChildren
  readonly children: ComponentChildren
}

/** What it is about on the left, what to do on the right; on a phone one below the other. */
export function Section({ title, about, children }: SectionProps) {
  const id = useId()
  return (
    <section class="section" aria-labelledby={id}>
      <div>
        <h2 id={id}>{title}</h2>
        {about && <p class="soft">{about}</p>}
      </div>
      <div>{children}</div>
    </section>
  )
}
