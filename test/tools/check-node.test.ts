import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const { scripts, engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>
  engines: { readonly node: string }
}

/** A copy of the repository, or of the package, that has the check alone and needs another Node.js. */
function copy(t: Test, node: string, place: 'tools' | 'dist/tools'): string {
  const folder = t.testdir({})
  mkdirSync(join(folder, place, ...(place === 'tools' ? ['node'] : [])), { recursive: true })
  copyFileSync(join(ROOT, 'tools/check-node.cjs'), join(folder, place, 'check-node.cjs'))
  const names = { name: 'tacit-auth', exports: { './package.json': './package.json' } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...names, engines: { node }, scripts }))
  return folder
}

function run(folder: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

t.test('ends each script with one sentence if Node.js is too old', async (t) => {
  const folder = copy(t, '>=99.18', 'tools')
  for (const name of ['start', 'demo', 'dev', 'tacit']) {
    const [, ...args] = `${scripts[name]}`.split(' ')
    const { status, stdout, stderr } = run(
      folder,
      args.filter((arg) => !arg.startsWith('--env-file')),
    )
    t.same([status, stdout], [1, ''], name)
    t.match(stderr, `Node.js ${process.versions.node} is too old: version 99.18 or newer is needed.`, name)
    t.match(stderr, /^tacit: [^\n]+ run `npm ci` without --omit=dev[^\n]+\n$/, name)
  }
})

t.test('does not speak of npm ci in the package', async (t) => {
  const { status, stderr } = run(copy(t, '>=99.18', 'dist/tools'), ['dist/tools/check-node.cjs'])
  t.equal(status, 1)
  t.match(stderr, /^tacit: [^\n]+ Install a newer one from https:\/\/nodejs\.org\.\n$/)
})

t.test('accepts the needed version and newer ones', async (t) => {
  for (const [node, status] of [
    [engines.node, 0],
    [`>=${major}.${minor}`, 0],
    [`>=${major - 1}.${minor + 1}`, 0],
    [`>=${major}.${minor + 1}`, 1],
    [`>=${major + 1}.0`, 1],
  ] as const) {
    t.equal(run(copy(t, node, 'tools'), ['tools/check-node.cjs']).status, status, node)
  }
})
