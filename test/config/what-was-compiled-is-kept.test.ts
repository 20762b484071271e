import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { temporaryDirectory } from '../support/database.ts'
import { folderWithoutSettings } from '../support/folders.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** How many modules are kept in there. */
const kept = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

const run = (command: string, cwd: string, environment: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, command.split(' '), {
    cwd,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  })

const PROGRAM = `
import './compile-cache.ts'
await import('./work.ts')
`

t.test('it is kept beside the modules that it was made from', (t) => {
  const folder = t.testdir({ node_modules: {}, src: { 'program.ts': PROGRAM, 'work.ts': 'export {}' } })
  copyFileSync(join(ROOT, 'src/compile-cache.ts'), join(folder, 'src/compile-cache.ts'))
  t.equal(run('src/program.ts', folder).status, 0)
  t.ok(kept(join(folder, 'node_modules/.cache/tacit')) > 0)
  t.end()
})

t.test('where it cannot be kept, everything works without', (t) => {
  const folder = t.testdir({
    node_modules: 'not a folder',
    src: { 'program.ts': PROGRAM, 'work.ts': 'console.log("done")' },
  })
  copyFileSync(join(ROOT, 'src/compile-cache.ts'), join(folder, 'src/compile-cache.ts'))
  t.match(run('src/program.ts', folder), { status: 0, stdout: 'done\n', stderr: '' })
  t.end()
})

t.test('an installation compiles what commands will load, and the service', (t) => {
  const folder = temporaryDirectory(t)
  const project = folderWithoutSettings(t)
  const NODE_COMPILE_CACHE = join(folder, 'cache')
  // It works where it lies, which is the project itself once a link is followed.
  t.match(run('--preserve-symlinks-main src/prepare.js', project, { NODE_COMPILE_CACHE }), {
    status: 0,
    stdout: '',
  })
  const prepared = kept(NODE_COMPILE_CACHE)

  const DATABASE_URL = `file:${join(folder, 'tacit.db')}`
  t.match(run('src/cli.ts user list', project, { NODE_COMPILE_CACHE, DATABASE_URL }), { status: 0 })
  // Its text without types, and what that was compiled to.
  t.equal(kept(NODE_COMPILE_CACHE) - prepared, 2, 'but for the module that asks for the others')
  t.end()
})

t.test('an installation succeeds also where the service cannot start, and says what that means', (t) => {
  t.match(run('src/prepare.js', ROOT, { NODE_COMPILE_CACHE: t.testdir({}), PORT: 'http' }), {
    status: 0,
    stdout: 'The compile cache was not filled: the first start will take longer.\n',
  })
  t.end()
})
