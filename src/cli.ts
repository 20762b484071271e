#!/usr/bin/env node
import './compile-cache.ts'

// Whoever writes is told in its callback. Without listeners, a reader that has left would end the program with a stack.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// Not with the imports above, which are all loaded before the first of them does anything.
const { run } = await import('./cli/program.ts')

process.exitCode = await run(process.argv.slice(2))
