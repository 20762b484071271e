import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { withoutPrograms } from '../../support/find-program.ts'

const UNIT = new URL('../../../examples/systemd/tacit.service', import.meta.url)
const CADDY = new URL('../../../examples/caddy/Caddyfile', import.meta.url)
const CONTAINER = new URL('../../../examples/container/Containerfile', import.meta.url)
const { bin, scripts, engines } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
)

/** The verdict of systemd on a unit. It knows only programs that exist, so the unit gets the Node.js of this test. */
function verify(folder: string, unit: string) {
  const path = join(folder, 'tacit.service')
  writeFileSync(path, unit.replace('/usr/bin/node', process.execPath))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' })
  return { status, complaints: stderr.split('\n').filter((line) => line.includes('tacit.service')) }
}

const skip = withoutPrograms([['systemd-analyze', '--version']])

t.test('systemd accepts the unit of examples/, and refuses a wrong one', { skip }, async (t) => {
  const unit = readFileSync(UNIT, 'utf8')
  t.strictSame(verify(t.testdir({}), unit), { status: 0, complaints: [] })
  const { complaints } = verify(t.testdir({}), unit.replace('ProtectSystem=strict', 'ProtectSystem=all'))
  t.equal(complaints.length, 1)
})

const withoutCaddy = withoutPrograms([['caddy', 'version']])

t.test(
  'Caddy accepts the file of examples/, and passes on to the service',
  { skip: withoutCaddy },
  async (t) => {
    const read = (text: string) => {
      const path = join(t.testdir({}), 'Caddyfile')
      writeFileSync(path, text)
      const options = { encoding: 'utf8', env: { ...process.env, HOME: t.testdirName } } as const
      const { status } = spawnSync('caddy', ['validate', '--adapter', 'caddyfile', '--config', path], options)
      const { stdout } = spawnSync('caddy', ['adapt', '--adapter', 'caddyfile', '--config', path], options)
      return { status, adapted: stdout }
    }
    const text = readFileSync(CADDY, 'utf8')
    const { status, adapted } = read(text)
    t.equal(status, 0)
    const [server] = Object.values(JSON.parse(adapted).apps.http.servers) as [
      { listen: string[]; routes: { match: { host: string[] }[] }[] },
    ]
    t.strictSame(server.listen, [':443'], 'with TLS')
    t.strictSame(server.routes[0]?.match, [{ host: ['auth.example.com'] }])
    t.match(adapted, '"upstreams":[{"dial":"127.0.0.1:3000"}]')
    t.not(read(text.replace('reverse_proxy', 'reverse_proxi')).status, 0)
  },
)

t.test('the unit starts the program of the package', async (t) => {
  const [, path] = /^ExecStart=\/usr\/bin\/node (\S+) start$/m.exec(readFileSync(UNIT, 'utf8')) ?? []
  t.equal(path, `/opt/tacit/node_modules/tacit-auth/${bin.tacit}`)
})

t.test('the container has a Node.js that is new enough, and starts the program of the package', async (t) => {
  const file = readFileSync(CONTAINER, 'utf8')
  const majors = [...file.matchAll(/^FROM \S+\/node:(\d+)/gm)].map(([, major]) => Number(major))
  t.equal(majors.length, 2)
  for (const major of majors) t.ok(major >= Number.parseInt(engines.node.replace('>=', ''), 10))
  const [, command = '[]'] = /^CMD (\[.*\])$/m.exec(file) ?? []
  t.strictSame(JSON.parse(command), ['node', `/opt/tacit/${bin.tacit}`, 'start'])
  for (const [, script = ''] of file.matchAll(/npm run (\w+)/g)) t.ok(scripts[script], script)
})

t.test('a missing program is an error if it is required', async (t) => {
  const missing = [['tacit-has-no-such-program', '--version']] as const
  t.equal(withoutPrograms(missing, {}), 'not installed: tacit-has-no-such-program')
  t.throws(() => withoutPrograms(missing, { TACIT_REQUIRE_DEPLOYMENT: '1' }), /not installed: tacit-has-no/)
})
