import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { problemsOf } from '../../tools/check-commit-message.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROGRAM = join(ROOT, 'tools/check-commit-message.ts')

const ACCEPTED = [
  'feat(cli): add tacit start',
  'fix(test/model): count lives of an access token',
  'perf(principals)!: free the ring slot on delete\n\nIt was measured.',
  'docs: describe the package\n',
  'ci: run on Node.js 24\n# a comment of git',
  "Merge branch 'main' into topic",
  'fixup! feat(cli): add tacit start',
  `feat(cli): ${'x'.repeat(61)}`,
]

const REFUSED: [message: string, problem: RegExp][] = [
  ['', /must have the form/],
  ['Add tacit start', /must have the form/],
  ['feat(cli):add tacit start', /must have the form/],
  ['feature(cli): add tacit start', /"feature" must be one of/],
  ['feat: add tacit start', /"feat" needs a scope/],
  ['fix(cli): added tacit start', /in the imperative/],
  ['fix(cli): Fixes the start', /in the imperative/],
  ['fix(cli): keep the start.', /full stop/],
  [`feat(cli): ${'x'.repeat(62)}`, /has 73 characters/],
  ['fix(cli): keep the start\nIt was lost.', /empty line/],
]

t.test('accepts messages of the form that CONTRIBUTING.md describes', async (t) => {
  for (const message of ACCEPTED) t.strictSame(problemsOf(message), [], message)
})

t.test('refuses other messages with one sentence for each rule', async (t) => {
  for (const [message, problem] of REFUSED) {
    const problems = problemsOf(message)
    t.equal(problems.length, 1, message)
    t.match(problems[0], problem)
  }
})

t.test('checks the commits of a range, and the message of a commit by the hook', async (t) => {
  const folder = t.testdir({})
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    })
  const commit = (message: string) => run('git', ...IDENTITY, 'commit', '--allow-empty', '-q', '-m', message)
  run('git', 'init', '-q')
  commit('chore: begin')
  commit('Something')
  commit('feat(cli): add tacit start')
  const check = (range: string) => run(process.execPath, PROGRAM, '--range', range)
  t.match(check('HEAD~1..HEAD'), { status: 0, stderr: '' })
  t.match(check('HEAD~2..HEAD'), { status: 1, stderr: /^Something\n {2}The subject must have the form/ })
  t.match(run(process.execPath, PROGRAM), { status: 1, stderr: /Give a file/ })

  // The hook runs in the repository.
  const hook = (message: string) => {
    const file = join(t.testdir({ message }), 'message')
    return spawnSync(join(ROOT, 'tools/hooks/commit-msg'), [file], { cwd: ROOT, encoding: 'utf8' })
  }
  t.equal(hook('fix(cli): keep the start').status, 0)
  t.match(hook('Keep the start'), { status: 1, stderr: /must have the form/ })
})

const IDENTITY = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com']
