import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SCRIPT = fileURLToPath(new URL('../../tools/compile-cache.cjs', import.meta.url))

/** How many modules are kept in there. */
const kept = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

function start(folder: string, environment: NodeJS.ProcessEnv = {}) {
  mkdirSync(join(folder, 'tools'))
  copyFileSync(SCRIPT, join(folder, 'tools/compile-cache.cjs'))
  return spawnSync(process.execPath, ['-r', './tools/compile-cache.cjs', 'app.ts'], {
    cwd: folder,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  })
}

t.test('stores compiled modules beside the modules that they were made from', async (t) => {
  const folder = t.testdir({ node_modules: {}, 'app.ts': 'export {}' })
  t.equal(start(folder).status, 0)
  t.ok(kept(join(folder, 'node_modules/.cache/tacit')) > 0)
})

t.test('stores compiled modules where NODE_COMPILE_CACHE says', async (t) => {
  const folder = t.testdir({ cache: {}, 'app.ts': 'export {}' })
  t.equal(start(folder, { NODE_COMPILE_CACHE: join(folder, 'cache') }).status, 0)
  t.ok(kept(join(folder, 'cache')) > 0)
})

t.test('starts without a compile cache where none can be stored', async (t) => {
  const folder = t.testdir({
    node_modules: 'not a folder',
    'app.ts': 'console.log("done")',
  })
  t.match(start(folder), { status: 0, stdout: 'done\n', stderr: '' })
})
