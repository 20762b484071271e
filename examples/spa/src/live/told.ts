/** What the service tells of the session in Server-Timing; in development only. */
export interface Told {
  readonly what: 'known' | 'refreshed'
  /** How a refresh was answered; undefined where there was none. */
  readonly outcome?: string | undefined
  readonly generation: number
  /** What the access token has left to live, and how long a new one lives. */
  readonly leftMs: number
  readonly lifeMs: number
}

/** Undefined where the header is not there, or says nothing of a living session. */
export function readTold(header: string | null): Told | undefined {
  const value = (name: string, parameter: string): string | undefined =>
    new RegExp(`\\b${name};${parameter}="?([\\w.-]+)`).exec(header ?? '')?.[1]
  const what = value('session', 'desc')
  if (what !== 'known' && what !== 'refreshed') return undefined
  return {
    what,
    outcome: value('outcome', 'desc'),
    generation: Number(value('generation', 'desc')),
    leftMs: Number(value('access', 'dur')),
    lifeMs: Number(value('life', 'dur')),
  }
}
