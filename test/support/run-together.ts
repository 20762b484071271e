/** Test files that share a process, because each process loads the application anew. */
import { globSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import t from 'tap'

/** Runs test files one after the other: a file is loaded when the tests of the one before have ended. */
export function runTogether(patterns: readonly string[]): void {
  loadNext(globSync(patterns).toSorted().values())
}

function loadNext(files: Iterator<string, undefined>): void {
  const { value: file } = files.next()
  if (file === undefined) return
  // The tests of the file are queued behind this one, and the next file behind them.
  t.test(`loads ${file}`, async () => {
    await import(pathToFileURL(file).href)
    loadNext(files)
  })
}
