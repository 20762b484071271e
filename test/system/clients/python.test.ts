/**
 * The standard library of Python, as docs/clients.md shows it, against the service.
 */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import t from 'tap'
import { PASSWORD } from '../../support/app.ts'
import {
  documentedClient,
  EXPIRY_SECONDS,
  generationsOf,
  listeningService,
} from '../../support/documented-clients.ts'

const LIFECYCLE = readFileSync(new URL('lifecycle.py', import.meta.url), 'utf8')
const isMissing = spawnSync('python3', ['--version']).status !== 0

t.test(
  'serves urllib with http.cookiejar',
  { skip: isMissing && 'python3 is not on this machine' },
  async (t) => {
    const service = await listeningService(t)
    const folder = t.testdir({ 'client.py': documentedClient('Python'), 'lifecycle.py': LIFECYCLE })
    const python = spawn('python3', ['-B', 'lifecycle.py', PASSWORD], {
      cwd: folder,
      env: { ...process.env, SERVICE: service.address },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    t.teardown(() => python.kill())
    const said: string[] = []
    const generations: number[][] = []
    for await (const line of createInterface({ input: python.stdout })) {
      said.push(line)
      generations.push(await generationsOf(service, 'python@example.com'))
      service.clock.advance(EXPIRY_SECONDS)
      python.stdin.write('go on\n')
    }
    t.strictSame(said, ['expire', 'refreshed', 'done'])
    const [before = [], after, atLast] = generations
    t.strictSame(
      after,
      before.map((generation) => generation + 1),
      'six requests, one rotation',
    )
    t.strictSame(atLast, [])
  },
)
