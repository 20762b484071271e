#!/usr/bin/env node
import { run } from './cli/program.ts'

// Whoever writes is told in its callback. Without listeners, a reader that has left would end the program with a stack.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

process.exitCode = await run(process.argv.slice(2), { standalone: true })
