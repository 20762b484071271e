import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'

/** The processes that have hashed for this one, in the order of their start. */
export const hashers: ChildProcess[] = []

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess }
  // The event comes before the start. The program that sets the idle class is not counted.
  process.nextTick(() => {
    if (child.spawnargs.some((argument) => argument.includes('hash-process'))) hashers.push(child)
  })
})
