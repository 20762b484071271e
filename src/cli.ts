#!/usr/bin/env node
// The first import ends the program with a sentence if its Node.js is too old to load the others.
import '../tools/check-node.cjs'

const { run } = await import('./cli/program.ts')

// A failed write is reported to its callback. Without these listeners, it would also end the program with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exitCode = await run(process.argv.slice(2), { standalone: true })
