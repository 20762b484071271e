/**
 * Loaded before the service, with --expose-gc: on SIGWINCH it collects garbage, and writes down what is left. Of the signals
 * that are free to use it is the one that does not make fastify-cli stop.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { memoryFile } from './memory-of.ts'

process.on('SIGWINCH', () => {
  globalThis.gc?.()
  const file = memoryFile(process.pid)
  writeFileSync(`${file}.part`, JSON.stringify(process.memoryUsage()))
  renameSync(`${file}.part`, file)
})
