import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const CONFIG = fileURLToPath(new URL('../../fastify.config.ts', import.meta.url))

/** How many modules are kept in there. */
const kept = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length

/** As fastify-cli does: the configuration first, then the application. */
const PROGRAM = `
import { createRequire } from 'node:module'
createRequire(import.meta.url)('./fastify.config.ts')
await import('./app.ts')
`

function start(folder: string, environment: NodeJS.ProcessEnv = {}) {
  copyFileSync(CONFIG, join(folder, 'fastify.config.ts'))
  return spawnSync(process.execPath, ['program.ts'], {
    cwd: folder,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  })
}

t.test('stores compiled modules beside the modules that they were made from', async (t) => {
  const folder = t.testdir({ node_modules: {}, 'program.ts': PROGRAM, 'app.ts': 'export {}' })
  t.equal(start(folder).status, 0)
  t.ok(kept(join(folder, 'node_modules/.cache/tacit')) > 0)
})

t.test('stores compiled modules where NODE_COMPILE_CACHE says', async (t) => {
  const folder = t.testdir({ cache: {}, 'program.ts': PROGRAM, 'app.ts': 'export {}' })
  t.equal(start(folder, { NODE_COMPILE_CACHE: join(folder, 'cache') }).status, 0)
  t.ok(kept(join(folder, 'cache')) > 0)
})

t.test('starts without a compile cache where none can be stored', async (t) => {
  const folder = t.testdir({
    node_modules: 'not a folder',
    'program.ts': PROGRAM,
    'app.ts': 'console.log("done")',
  })
  t.match(start(folder), { status: 0, stdout: 'done\n', stderr: '' })
})
