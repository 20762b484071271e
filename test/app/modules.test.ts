import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const url = (path: string): string => pathToFileURL(join(ROOT, path)).href

/** Prints the packages that a service has loaded once it is ready. */
const PROGRAM = `
import { registerHooks } from 'node:module'

const packages = new Set()
registerHooks({
  load(url, context, next) {
    const [, name] = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url) ?? []
    if (name !== undefined) packages.add(name)
    return next(url, context)
  },
})
const { default: Fastify } = await import('${url('node_modules/fastify/fastify.js')}')
const { default: service, options } = await import('${url('src/app.ts')}')
const app = Fastify(options)
await app.register(service)
await app.ready()
await app.close()
console.log(JSON.stringify([...packages]))
`

t.test('loads no package at the start that only some services or requests need', async (t) => {
  const folder = t.testdir({ 'program.mjs': PROGRAM })
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'program.mjs')], {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_ENV: 'test', DATABASE_URL: ':memory:', LOG_LEVEL: 'silent' },
  })
  const loaded = JSON.parse(stdout) as string[]
  t.ok(loaded.includes('fastify') && loaded.includes('better-sqlite3'), 'packages are seen')
  const rare = ['typebox', 'argon2', 'pg', 'ioredis', 'nodemailer', 'commander']
  t.same(
    loaded.filter((name) => rare.includes(name)),
    [],
  )
})
