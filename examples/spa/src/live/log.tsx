import { texts, words } from '../texts/current.ts'
import { kindOf } from './chart.tsx'
import type { Exchange } from './timeline.ts'
import type { Told } from './told.ts'

const { none, log } = texts.live
const SHOWN = 30

/** The requests in words, the latest first. */
export function Log({ exchanges }: { readonly exchanges: readonly Exchange[] }) {
  if (exchanges.length === 0) return <p class="empty">{none}</p>
  return (
    <ol class="log" reversed>
      {exchanges
        .slice(-SHOWN)
        .reverse()
        .map((exchange) => (
          <li key={exchange.id} class={kindOf(exchange)}>
            <time>{words.timeOfDay(exchange.startedAt)}</time>
            <code>{exchange.request}</code>
            <span>{outcomeOf(exchange)}</span>
          </li>
        ))}
    </ol>
  )
}

const OUTCOMES: Readonly<Record<string, string>> = {
  held: log.held,
  reissued: log.reissued,
  'fell-back': log.fellBack,
  forwarded: log.forwarded,
}

const refreshOf = ({ outcome }: Told): string => OUTCOMES[outcome ?? ''] ?? log.silently

function outcomeOf(exchange: Exchange): string {
  const { startedAt, endedAt, status, told, elsewhere, request } = exchange
  const where = elsewhere ? log.elsewhere : ''
  if (endedAt === undefined) return log.underWay + where
  const tookMs = endedAt - startedAt
  if (status === undefined) return log.lost(tookMs) + where
  const parts = [`${status}`, `${tookMs} ms`]
  if (told?.what === 'refreshed') parts.push(log.refreshed(refreshOf(told), told.generation))
  if (request.includes('use-up')) parts.push(log.usedUp)
  if (status === 401) parts.push(log.signedOut)
  return texts.list(parts) + where
}
