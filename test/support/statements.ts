import BetterSqlite from 'better-sqlite3'
import type { Teardown } from './app.ts'

interface Statement {
  readonly source: string
}
type Method = (this: Statement, ...args: unknown[]) => unknown

const CARRIED_OUT_BY = ['run', 'get', 'all', 'iterate'] as const

/** Records every SQL statement that any database of this process runs, in order. */
export function hearStatements(t: Teardown): { during(work: () => Promise<unknown>): Promise<string[]> } {
  const database = new BetterSqlite(':memory:')
  const prototype: Record<string, Method> = Object.getPrototypeOf(database.prepare('SELECT 1'))
  database.close()
  let heard: string[] = []
  for (const name of CARRIED_OUT_BY) {
    const method = prototype[name] as Method
    prototype[name] = function (...args) {
      heard.push(this.source)
      return method.apply(this, args)
    }
    t.teardown(() => {
      prototype[name] = method
    })
  }
  return {
    async during(work) {
      heard = []
      await work()
      return heard
    },
  }
}
