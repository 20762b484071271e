/** The shell commands of the documents work, or a list says what else runs them. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { commandLine } from '../support/command-line.ts'
import { ELSEWHERE, type Elsewhere } from '../support/commands-elsewhere.ts'
import {
  BLOCKS,
  type Block,
  COMMANDS,
  isLineTaken,
  isTaken,
  linesOf,
  paste,
  ROOT,
  takeLine,
} from '../support/documented-commands.ts'
// They take the commands that they run.
import './commands/command-line.ts'
import './commands/curl.ts'
import './commands/demo.ts'
import './commands/machine.ts'

const benchHelp = takeLine('docs/performance.md', 'npm run bench -- --help')

t.test('npm scripts, files and benchmarks that the documents name exist', async (t) => {
  const scripts = ['.', 'examples/movies-api', 'examples/spa'].flatMap((folder) =>
    Object.keys(JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).scripts),
  )
  // Without the test runner, which would ask for the coverage of the benchmarks.
  const help = await paste(`unset NODE_OPTIONS\n${benchHelp}`, { cwd: ROOT })
  const names = [...help.matchAll(/^ {2}([^:]+?)(?: \(when asked for\))?: /gm)].map(([, name]) =>
    String(name),
  )
  let count = 0
  for (const { document, text } of COMMANDS) {
    for (const [, script = ''] of text.matchAll(/\bnpm run (?:-s )?([\w:]+)/g)) {
      count += 1
      t.ok(scripts.includes(script), `${document}: ${text}`)
    }
    for (const [, file = ''] of text.matchAll(/\bnpx node (\S+\.ts)/g))
      t.ok(existsSync(join(ROOT, file)), text)
    const [, only] = /npm run bench -- .*--only (\S+)/.exec(text) ?? []
    for (const word of only?.split(',') ?? [])
      t.ok(
        names.some((name) => name.includes(word)),
        text,
      )
  }
  t.ok(count > 30)
})

t.test('commands and options of tacit that the documents name exist', async (t) => {
  const { tacit } = commandLine(t)
  let count = 0
  for (const { document, text } of COMMANDS) {
    const [, rest] = /^(?:.*npx |.*\.bin\/)?tacit ([a-z].*)$/.exec(text) ?? []
    if (rest === undefined) continue
    count += 1
    const names = /^(?:help )?((?:[a-z]+(?: |$)){0,2})/.exec(rest)?.[1]?.trim().split(' ') ?? []
    const long = await tacit(['help', ...names])
    const { status, stdout } = long.status === 0 ? long : await tacit(['help', ...names.slice(0, 1)])
    t.equal(status, 0, `${document}: ${text}`)
    t.notMatch(stdout, /^Commands:$/m, `${document}: ${text} is a whole command`)
    for (const [option] of rest.matchAll(/--[a-z-]+/g)) t.match(stdout, `${option} `, `${document}: ${text}`)
  }
  t.ok(count > 30)
})

const matches = (row: Elsewhere, { document, text }: Block): boolean =>
  row.document === document && (row.line ? text === row.begins : text.startsWith(row.begins))

const rowsOf = (block: Block): readonly Elsewhere[] =>
  ELSEWHERE.filter((row) => !row.line && matches(row, block))

/** The lines of a block that nothing runs. */
const forgottenOf = (block: Block): string[] => {
  if (isTaken(block) || rowsOf(block).length > 0) return []
  return linesOf(block.text)
    .filter((line) => !isLineTaken(block.document, line))
    .filter((text) => !ELSEWHERE.some((row) => row.line && matches(row, { ...block, text })))
    .map((line) => `${block.document}: ${line}`)
}

t.test('each shell command of a document is run here, or listed with what runs it', async (t) => {
  t.ok(BLOCKS.length > 50)
  t.strictSame(BLOCKS.flatMap(forgottenOf), [], 'run it in this file, or add it to commands-elsewhere.ts')
})

t.test('the list of commands that other files run is true', async (t) => {
  for (const row of ELSEWHERE) {
    const { document, begins, line, by, mentions = document, because } = row
    const place = `${document}: ${begins}`
    const found = line
      ? COMMANDS.filter((command) => matches(row, command) && !isLineTaken(document, command.text))
      : BLOCKS.filter((block) => matches(row, block) && !isTaken(block))
    t.ok(found.length > 0, `${place} is in the document, and not run here`)
    if (by !== undefined) t.match(readFileSync(join(ROOT, by), 'utf8'), mentions, `${place}: ${by}`)
    t.not(by === undefined, because === undefined, `${place} has a place or a reason`)
  }
})
