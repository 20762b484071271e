import type { Teardown } from './app.ts'
import { type ServerProcess, startServer, startServers } from './processes.ts'

/** Servers on one database of which now and then one is killed, and started again while the others go on. */
export interface Fleet {
  /** Servers that answer: never fewer than `least`. */
  readonly alive: readonly ServerProcess[]
  /** Kills one of those that answer, and starts another in its place without waiting for it. */
  kill(server: ServerProcess): Promise<void>
  /** Waits until so many servers answer. */
  atLeast(count: number): Promise<void>
}

export async function startFleet(t: Teardown, size: number, database: string): Promise<Fleet> {
  const alive = await startServers(t, size, database)
  let starting: Promise<void>[] = []

  return {
    alive,
    async kill(server) {
      alive.splice(alive.indexOf(server), 1)
      await server.kill()
      const start = startServer(t, database).then((started) => {
        alive.push(started)
        starting = starting.filter((other) => other !== start)
      })
      starting.push(start)
      // Whoever waits for it is told; until then it only must not end this process.
      start.catch(() => {})
    },
    async atLeast(count) {
      while (alive.length < count) await Promise.race(starting)
    },
  }
}
