import { texts, words } from '../texts/current.ts'
import type { Life } from './timeline.ts'

const { live } = texts

const RADIUS = 52
const AROUND = 2 * Math.PI * RADIUS

/** What the access token has left to live. */
export function Ring({ life, now }: { readonly life: Life | undefined; readonly now: number }) {
  const leftMs = Math.max(0, (life?.until ?? 0) - now)
  const share = life === undefined ? 0 : Math.min(1, leftMs / life.lifeMs)
  return (
    <div class="ring">
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <circle class="ring-whole" cx="60" cy="60" r={RADIUS} />
        <circle
          class="ring-left"
          cx="60"
          cy="60"
          r={RADIUS}
          stroke-dasharray={`${AROUND * share} ${AROUND}`}
          transform="rotate(-90 60 60)"
        />
      </svg>
      <div class="ring-words">
        <div role="timer" aria-label={live.token}>
          {life === undefined
            ? '…'
            : leftMs > 0
              ? words.duration(Math.ceil(leftMs / 1_000) * 1_000)
              : live.runOut}
        </div>
        {life && <div class="soft">{live.generation(life.generation)}</div>}
      </div>
    </div>
  )
}
