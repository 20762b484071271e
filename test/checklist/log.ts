import type { Service } from './service.ts'

export interface LogLine {
  readonly level: number
  readonly time: number
  readonly msg: string
  readonly event?: string
  readonly userId?: string
  readonly sid?: string
  readonly ip?: string
  readonly userAgent?: string
  readonly reason?: string
}

/** What a service has logged, line by line; throws when a line is no JSON. */
export const linesOf = ({ logged }: Service): LogLine[] =>
  logged()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

export const eventsOf = (service: Service, userId: string): LogLine[] =>
  linesOf(service).filter((line) => line.event !== undefined && line.userId === userId)

const PATIENCE = 200

/** An event of an account, once it has been written. */
export async function eventually(service: Service, userId: string, event: string): Promise<LogLine> {
  for (let n = 0; n < PATIENCE; n += 1) {
    const found = eventsOf(service, userId).find((line) => line.event === event)
    if (found !== undefined) return found
    // The process writes through a pipe, and an answer may be here before it.
    await service.send('GET', '/health/live')
  }
  throw new Error(`${event} was not logged`)
}
