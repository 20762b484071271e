import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'

/** The processes that have hashed for this one, in the order of their start. */
export const hashers: ChildProcess[] = []

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess }
  // Told before it is started; what puts it into the idle class is none of them.
  process.nextTick(() => {
    if (child.spawnargs.some((argument) => argument.includes('hash-process'))) hashers.push(child)
  })
})
