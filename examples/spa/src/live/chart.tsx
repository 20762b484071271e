import { texts, words } from '../texts/current.ts'
import { type Exchange, lanesOf, type Timeline } from './timeline.ts'

const { live } = texts

const PAST_MS = 30_000
const AHEAD_MS = 10_000
const SHOWN_MS = PAST_MS + AHEAD_MS
const AGO_MS = [30_000, 20_000, 10_000]
/** So wide is the shortest bar. */
const LEAST_MS = 250
const LANE_REM = 0.58

const percent = (share: number): string => `${share * 100}%`

/**
 * The last half minute and what is to come: the lives of access tokens above, requests below. The list beside it says
 * the same in words.
 */
export function Chart({ timeline, now }: { readonly timeline: Timeline; readonly now: number }) {
  const begin = now - PAST_MS
  const place = (from: number, until: number) => {
    const left = Math.max(0, (from - begin) / SHOWN_MS)
    return { left: percent(left), width: percent(Math.min(1, (until - begin) / SHOWN_MS) - left) }
  }
  const [first] = timeline.lives
  const lives = timeline.lives.filter(({ until }) => until > begin)
  const exchanges = timeline.exchanges.filter(({ endedAt = now }) => endedAt > begin)
  const lanes = lanesOf(exchanges, now, LEAST_MS)
  return (
    <div class="chart" aria-hidden="true">
      <div class="chart-field">
        {AGO_MS.map((ms) => (
          <div key={ms} class="chart-ago" style={{ left: percent((PAST_MS - ms) / SHOWN_MS) }}>
            {live.ago(words.shortSeconds(ms))}
          </div>
        ))}
        <div class="chart-lives">
          {first && <div class="chart-without" style={place(first.from, now + AHEAD_MS)} />}
          {lives.map(({ generation, from, until }) => (
            <div key={`${generation} ${from}`} class="chart-life" style={place(from, until)}>
              <span>{live.generation(generation)}</span>
            </div>
          ))}
        </div>
        {exchanges.map((exchange, index) => {
          const { id, startedAt, endedAt = now } = exchange
          const top = `${(lanes[index] as number) * LANE_REM}rem`
          return (
            <div key={id} class="chart-lane" style={{ top }}>
              <div
                class={`chart-bar ${kindOf(exchange)}`}
                style={place(startedAt, Math.max(endedAt, startedAt + LEAST_MS))}
              />
            </div>
          )
        })}
        <div class="chart-now" style={{ left: percent(PAST_MS / SHOWN_MS) }}>
          {live.now}
        </div>
      </div>
      <ul class="chart-legend">
        <li class="plain">{live.legend.plain}</li>
        <li class="refreshed">{live.legend.refreshed}</li>
        <li class="lost">{live.legend.lost}</li>
        <li class="without">{live.legend.without}</li>
      </ul>
    </div>
  )
}

/** How an exchange is drawn and told. */
export function kindOf({ endedAt, status, told }: Exchange): string {
  if (endedAt === undefined) return 'under-way'
  if (status === undefined) return 'lost'
  if (status >= 400) return 'refused'
  return told?.what === 'refreshed' ? 'refreshed' : 'plain'
}
