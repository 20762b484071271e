/** Times, durations and devices in words. */
import bowser from 'bowser'
import type { Texts } from './texts/en.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const UNITS = [
  ['day', 1_440 * MINUTE_MS],
  ['hour', 60 * MINUTE_MS],
  ['minute', MINUTE_MS],
] as const

export interface Words {
  /** "3 hours ago". @param time ISO 8601; @param now milliseconds since the Unix epoch */
  ago(time: string, now?: number): string
  /** @param time ISO 8601 */
  date(time: string): string
  /** @param time ISO 8601 */
  dateAndTime(time: string): string
  /** The time of day, with seconds. @param at milliseconds since the Unix epoch */
  timeOfDay(at: number): string
  /** "15 minutes", "10 seconds". */
  duration(ms: number): string
  /** "10 s", where there is little room. */
  shortSeconds(ms: number): string
  /** "Firefox on Linux", "Safari on iPhone". A program that is no browser has the name that it sends. */
  deviceName(userAgent: string | null): string
}

type Unit = (typeof UNITS)[number][0] | 'second'

/** @param locale of dates and numbers, such as en-GB */
export function createWords(texts: Texts, locale: string): Words {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const calendar = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' })
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
  const amount = (unit: Unit, unitDisplay: 'long' | 'short') =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay })

  return {
    ago(time, now = Date.now()) {
      const elapsedMs = now - Date.parse(time)
      const unit = UNITS.find(([, unitMs]) => elapsedMs >= unitMs)
      return unit === undefined ? texts.justNow : relative.format(-Math.floor(elapsedMs / unit[1]), unit[0])
    },
    date: (time) => calendar.format(Date.parse(time)),
    dateAndTime: (time) => moment.format(Date.parse(time)),
    timeOfDay: (at) => clock.format(at),
    duration(ms) {
      const [unit, unitMs] = UNITS.find(([, unitMs]) => ms >= unitMs) ?? (['second', SECOND_MS] as const)
      return amount(unit, 'long').format(Math.round(ms / unitMs))
    },
    shortSeconds: (ms) => amount('second', 'short').format(ms / SECOND_MS),
    deviceName(userAgent) {
      if (!userAgent) return texts.unknownDevice
      const { browser, os, platform } = bowser.parse(userAgent)
      const product = browser.name || String(userAgent.split(/[/\s(]/, 1)[0])
      const system = platform.vendor === 'Apple' && platform.model ? platform.model : os.name
      return system ? texts.device(product, system) : product
    },
  }
}
