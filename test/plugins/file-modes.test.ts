import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { exposedFiles, holdsSecret } from '../../src/config/file-modes.ts'
import { buildApp, SECRET } from '../support/app.ts'
import { target } from '../support/generate-env-example.ts'
import { matchesWhole } from '../support/lists.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const skip = process.platform === 'win32' && 'Windows has no such modes'
/** The service makes a secret of its own. */
const development = { NODE_ENV: 'development', SECRET_KEY: undefined as never, PAGES: 'false' } as const
const MODE = /has mode 0/

/** A directory of its own as the current one, and a umask that lets every user read new files. */
function enter(t: Test): string {
  const [directory, before, mask] = [temporaryDirectory(t), process.cwd(), process.umask(0o022)]
  process.chdir(directory)
  t.teardown(() => {
    process.umask(mask)
    process.chdir(before)
  })
  return directory
}

/** Starts the service. @returns its warnings about modes */
async function warningsOf(t: Test, environment: Partial<Environment> = {}): Promise<string[]> {
  const lines: string[] = []
  const { app } = await buildApp(t, {
    environment: { LOG_LEVEL: 'warn', DATABASE_URL: 'file:data/tacit.db', ...environment },
    log: (line) => lines.push(line),
  })
  await app.close()
  return lines.map((line) => JSON.parse(line).msg).filter((message) => MODE.test(message))
}

t.test('does not warn of files that the service makes itself', { skip }, async (t) => {
  enter(t)
  t.strictSame(await warningsOf(t, development), [])
  t.equal(statSync('data/tacit.db').mode & 0o777, 0o600)
  t.equal(statSync('data/development-secret.key').mode & 0o777, 0o600)
})

t.test(
  'warns of a database and of a secret that others can read, names the mode, and says what to do',
  { skip },
  async (t) => {
    enter(t)
    await warningsOf(t, development)
    chmodSync('data/tacit.db', 0o644)
    chmodSync('data/development-secret.key', 0o640)
    const warnings = await warningsOf(t, development)
    const say = (path: string, mode: string) =>
      `Other accounts of this machine can read or change ${path}: it has mode ${mode}. Run \`chmod 600 ${path}\`.`
    t.ok(warnings.includes(say('data/tacit.db', '0644')))
    t.ok(warnings.includes(say('data/development-secret.key', '0640')))
    // The driver gives the files beside the database its mode.
    t.ok(warnings.includes(say('data/tacit.db-wal', '0644')))
  },
)

t.test('warns of an .env that holds a secret in use and that others can read', { skip }, async (t) => {
  enter(t)
  writeFileSync('.env', 'PORT=3000\n#SECRET_KEY=\nSECRET_KEY=\n')
  t.strictSame(await warningsOf(t), [], 'no secret')
  writeFileSync('.env', 'SECRET_KEY=x\n')
  t.strictSame(await warningsOf(t), [], 'the secret of another service')
  writeFileSync('.env', `PORT=3000\nexport SECRET_KEY = "something, ${SECRET}"\n`)
  matchesWhole(t, await warningsOf(t), [/ change \.env: it has mode 0644\. Run `chmod 600 \.env`\.$/])
  chmodSync('.env', 0o600)
  t.strictSame(await warningsOf(t), [])
})

t.test('finds the password of a database in a file of settings', async (t) => {
  enter(t)
  const url = 'postgres://tacit:secret@db.example.com/tacit'
  writeFileSync('.env', `DATABASE_URL=${url}\n`)
  t.equal(holdsSecret('.env', [url]), true)
  t.equal(holdsSecret('.env', ['postgres://tacit:another@db.example.com/tacit']), false)
})

t.test('does not warn of an .env that cannot be read, nor of a database in memory', { skip }, async (t) => {
  enter(t)
  mkdirSync('.env')
  t.strictSame(await warningsOf(t, { DATABASE_URL: ':memory:' }), [])
})

t.test('does not look at modes on Windows', async (t) => {
  const path = join(enter(t), 'open')
  writeFileSync(path, '', { mode: 0o644 })
  t.strictSame(exposedFiles([path], 'win32'), [])
  if (!skip) t.strictSame(exposedFiles([path, `${path}-not`], 'linux'), [{ path, mode: '0644' }])
})

t.test('the command in .env.example makes an .env that only its owner can read', { skip }, async (t) => {
  const directory = enter(t)
  copyFileSync(target, join(directory, '.env.example'))
  const command = /`(\(umask [^`]+)`/.exec(readFileSync(target, 'utf8'))?.[1]
  t.ok(command)
  execFileSync('sh', ['-c', String(command)])
  t.equal(statSync('.env').mode & 0o777, 0o600)
  t.equal(readFileSync('.env', 'utf8'), readFileSync(target, 'utf8'))
})
