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
  readonly req?: { readonly url: string; readonly host: string }
}

/** What a service has logged, line by line; throws when a line is no JSON. The last may not have come whole. */
export const linesOf = ({ logged }: Service): LogLine[] =>
  logged()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))

export const eventsOf = (service: Service, userId: string): LogLine[] =>
  linesOf(service).filter((line) => line.event !== undefined && line.userId === userId)

const PATIENCE = 200

/** An event of an account, once it has been written. */
export const eventually = (service: Service, userId: string, event: string): Promise<LogLine> =>
  untilLogged(service, event, (line) => line.event === event && line.userId === userId)

/** A line, once it has been written. @param what it is called where it is missed */
export async function untilLogged(
  service: Service,
  what: string,
  isIt: (line: LogLine) => boolean,
): Promise<LogLine> {
  for (let n = 0; n < PATIENCE; n += 1) {
    const found = linesOf(service).find(isIt)
    if (found !== undefined) return found
    // The process writes through a pipe, and an answer may be here before it.
    await service.send('GET', '/health/live')
  }
  throw new Error(`${what} was not logged`)
}
