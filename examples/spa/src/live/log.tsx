import { kindOf } from './chart.tsx'
import type { Exchange } from './timeline.ts'
import type { Told } from './told.ts'

const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const SHOWN = 30

/** The requests in words, the latest first. */
export function Log({ exchanges }: { readonly exchanges: readonly Exchange[] }) {
  if (exchanges.length === 0) return <p class="empty">No request yet. Press one of the buttons.</p>
  return (
    <ol class="log" reversed>
      {exchanges
        .slice(-SHOWN)
        .reverse()
        .map((exchange) => (
          <li key={exchange.id} class={kindOf(exchange)}>
            <time>{time.format(exchange.startedAt)}</time>
            <code>{exchange.request}</code>
            <span>{outcomeOf(exchange)}</span>
          </li>
        ))}
    </ol>
  )
}

const OUTCOMES: Readonly<Record<string, string>> = {
  held: 'a fresh access token; the refresh token is too young to be replaced',
  reissued: 'the newest tokens once more: an answer was lost',
  'fell-back': 'came back with older cookies, forgiven once',
  forwarded: 'cookies newer than the database',
}

const refreshOf = ({ outcome }: Told): string => OUTCOMES[outcome ?? ''] ?? 'refreshed in silence'

function outcomeOf(exchange: Exchange): string {
  const { startedAt, endedAt, status, told, elsewhere, request } = exchange
  const where = elsewhere ? ', in another tab' : ''
  if (endedAt === undefined) return `under way${where}`
  const tookMs = endedAt - startedAt
  if (status === undefined) return `answer lost after ${tookMs} ms${where}`
  const words = [`${status}`, `${tookMs} ms`]
  if (told?.what === 'refreshed') words.push(`${refreshOf(told)}: generation ${told.generation}`)
  if (request.includes('use-up')) words.push('the access token is gone')
  if (status === 401) words.push('nobody is signed in')
  return words.join(', ') + where
}
