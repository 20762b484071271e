/**
 * Results as a Markdown table and as JSON.
 */
import { writeFileSync } from 'node:fs'
import { isMet, type Result } from './benchmark.ts'

const HEAD = `| | measured | spread | goal | met | beside |
|---|---|---|---|---|---|`

export const table = (results: readonly Result[]): string => [HEAD, ...results.map(row)].join('\n')

/** Numbers are kept as they were measured. */
export function writeJson(results: readonly Result[], file: URL): void {
  const judged = results.map((result) => ({ ...result, met: isMet(result) }))
  writeFileSync(file, `${JSON.stringify(judged, null, 2)}\n`)
}

function row(result: Result): string {
  const { name, figure, unit, spread, details = {} } = result
  const met = isMet(result)
  return `| ${[
    name,
    `**${short(figure)}** ${unit}`,
    spread === undefined ? '' : spread.map(short).join('–'),
    goalOf(result),
    met === null ? '' : met ? 'yes' : 'no',
    Object.entries(details)
      .map(([key, value]) => `${key} ${typeof value === 'number' ? short(value) : value}`)
      .join(', '),
  ].join(' | ')} |`
}

function goalOf({ goal }: Result): string {
  if (goal === undefined) return ''
  return 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`
}

/** Three digits at most behind the point, and none where they would say nothing. */
export function short(value: number): string {
  const size = Math.abs(value)
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2)
}
