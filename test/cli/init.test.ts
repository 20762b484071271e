import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { run } from '../../src/cli/program.ts'
import { commandLine } from '../support/command-line.ts'

const ALL = ['.env', '.gitignore', 'app.test.ts', 'app.ts', 'package.json', 'server.ts', 'tsconfig.json']

interface Initiated {
  readonly written: readonly string[]
  readonly next: readonly string[]
}

t.test('init writes an application with a secret of its own into a new folder', async (t) => {
  const { tacit, tacitJson, directory } = commandLine(t)
  const { status, stdout } = await tacit(['init', 'My App'])
  t.equal(status, 0)
  t.match(stdout, /Next:\n\n {2}cd "My App" && npm install\n {2}npm test\n {2}npm start\n$/)
  const folder = join(directory, 'My App')
  t.strictSame(readdirSync(folder).sort(), ALL)
  t.match(readFileSync(join(folder, '.env'), 'utf8'), /^SECRET_KEY=[\w-]{43}\n$/)
  t.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600)
  t.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'node_modules/\ndata/\n.env\n')
  t.match(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')), { name: 'my-app', type: 'module' })

  const other = await tacitJson<Initiated>(['init', '_'])
  t.strictSame([...other.written].sort(), ALL)
  t.match(JSON.parse(readFileSync(join(directory, '_/package.json'), 'utf8')), { name: 'app' })
  t.not(
    readFileSync(join(directory, '_/.env'), 'utf8'),
    readFileSync(join(folder, '.env'), 'utf8'),
    'another secret each time',
  )
})

t.test('init keeps the files that a project has already', async (t) => {
  const { tacitJson, directory } = commandLine(t)
  const kept = { 'package.json': '{ "type": "module" }', 'tsconfig.json': '{}' }
  for (const [name, text] of Object.entries(kept)) writeFileSync(join(directory, name), text)
  writeFileSync(join(directory, '.gitignore'), 'data/\ndist/')
  const { written, next } = await tacitJson<Initiated>(['init'])
  t.strictSame([...written].sort(), ['.env', '.gitignore', 'app.test.ts', 'app.ts', 'server.ts'])
  t.strictSame(next.slice(1), ['node --test', 'node server.ts'])
  for (const [name, text] of Object.entries(kept)) t.equal(readFileSync(join(directory, name), 'utf8'), text)
  t.equal(readFileSync(join(directory, '.gitignore'), 'utf8'), 'data/\ndist/\nnode_modules/\n.env\n')
})

t.test('init does not change a .gitignore that has every line', async (t) => {
  const { tacitJson, directory } = commandLine(t)
  writeFileSync(join(directory, '.gitignore'), '.env\nnode_modules/\ndata/\n')
  t.notOk((await tacitJson<Initiated>(['init'])).written.includes('.gitignore'))
})

for (const name of ['.env', 'app.ts']) {
  t.test(`init writes nothing where ${name} exists`, async (t) => {
    const { tacit, directory } = commandLine(t)
    writeFileSync(join(directory, name), 'mine')
    const { status, stdout, stderr } = await tacit(['init'])
    t.match({ status, stdout }, { status: 1, stdout: '' })
    t.equal(stderr, `tacit: ${name} in ${directory} would be overwritten. Nothing was written.\n`)
    t.strictSame(readdirSync(directory), [name])
    t.equal(readFileSync(join(directory, name), 'utf8'), 'mine')
  })
}

t.test('init writes nothing into a CommonJS project, and says what to do', async (t) => {
  const { tacit, directory } = commandLine(t)
  writeFileSync(join(directory, 'package.json'), '{}')
  t.same(await tacit(['init']), {
    status: 1,
    stdout: '',
    stderr:
      'tacit: package.json must have "type": "module". Run `npm pkg set type=module`. Nothing was written.\n',
  })
  t.strictSame(readdirSync(directory), ['package.json'])
})

t.test('the command line of an application has neither start nor init', async (t) => {
  const folder = t.testdir({})
  const written: string[] = []
  t.intercept(process.stderr, 'write', {
    value: (text: string) => {
      written.push(text)
      return true
    },
  })
  t.equal(await run(['init', folder]), 1)
  t.equal(await run(['start']), 1)
  t.match(written, [/unknown command 'init'/, /unknown command 'start'/])
  t.notOk(existsSync(join(folder, 'app.ts')), basename(folder))
})
