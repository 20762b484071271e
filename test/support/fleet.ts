import type { Teardown } from './app.ts'
import { type ServerProcess, startServer, startServers } from './processes.ts'

/** Servers on one database. A killed server is replaced while the others go on. */
export interface Fleet {
  /** Servers that answer: never fewer than `least`. */
  readonly alive: readonly ServerProcess[]
  /** Kills a server that answers, and starts another in its place without waiting for it. */
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
      // `atLeast` reports a failed start. Until then the rejection must not end this process.
      start.catch(() => {})
    },
    async atLeast(count) {
      while (alive.length < count) await Promise.race(starting)
    },
  }
}
