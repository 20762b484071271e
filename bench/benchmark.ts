/**
 * The shape that all benchmarks share.
 */
export interface Options {
  /** How often everything is measured; a further round, whose figures are thrown away, warms up. */
  readonly rounds: number
  /** How long one contestant is measured in one round. */
  readonly seconds: number
  /** Rows for the benchmark of many sessions. */
  readonly sessions: number
  /** Requests for the benchmarks of memory. */
  readonly requests: number
}

export interface Benchmark {
  readonly name: string
  readonly about: string
  /** Runs only when it is asked for by --only. */
  readonly long?: boolean
  run(options: Options): Promise<readonly Result[]>
}

export interface Result {
  readonly name: string
  readonly figure: number
  /** What the figure counts, such as `of bare Fastify` or `ms`. */
  readonly unit: string
  /** The lowest and the highest round. */
  readonly spread?: readonly [number, number]
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number }
  /** What else was seen. */
  readonly details?: Readonly<Record<string, number | string>>
}

/** Whether the goal was met; null where there is none. */
export function isMet({ figure, goal }: Result): boolean | null {
  if (goal === undefined) return null
  return 'atLeast' in goal ? figure >= goal.atLeast : figure <= goal.atMost
}

/** Says how far things are: on a terminal, on one line that is written over. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${text.padEnd(process.stderr.columns - 1)}`)
  else if (text !== '') process.stderr.write(`${text}\n`)
}
