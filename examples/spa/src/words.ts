/** Times and devices, as people say them. */
import bowser from 'bowser'

const MINUTE_MS = 60_000
const UNITS = [
  ['day', 1_440 * MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['minute', MINUTE_MS],
] as const

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const calendar = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** "3 hours ago". @param time ISO 8601; @param now milliseconds since the Unix epoch */
export function ago(time: string, now = Date.now()): string {
  const elapsedMs = now - Date.parse(time)
  const unit = UNITS.find(([, unitMs]) => elapsedMs >= unitMs)
  return unit === undefined ? 'just now' : relative.format(-Math.floor(elapsedMs / unit[1]), unit[0])
}

export const date = (time: string): string => calendar.format(Date.parse(time))

export const dateAndTime = (time: string): string => moment.format(Date.parse(time))

/** "15 minutes", "10 seconds". */
export function duration(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? (['second', 1_000] as const)
  const count = Math.round(ms / unitMs)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** "Firefox on Linux", "Safari on iPhone". What is no browser is called what it calls itself. */
export function deviceName(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device'
  const { browser, os, platform } = bowser.parse(userAgent)
  const product = browser.name || userAgent.split(/[/\s(]/, 1)[0]
  const system = platform.vendor === 'Apple' && platform.model ? platform.model : os.name
  return system ? `${product} on ${system}` : String(product)
}
