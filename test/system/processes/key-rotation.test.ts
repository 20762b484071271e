import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { READ_EVERY_MS } from '../../../src/keys/key-schedule.ts'
import { browse, registerAt } from '../../support/browser.ts'
import { commandLine } from '../../support/command-line.ts'
import { startServer } from '../../support/processes.ts'
import { ME } from '../../support/rotation.ts'
import { bearer } from '../../support/tokens.ts'

const settings = { ACCESS_TOKEN_ALG: 'EdDSA' } as const
const { tacitJson, directory } = commandLine(t)
const path = join(directory, 'tacit.db')
const [one, two] = await Promise.all([startServer(t, path, settings), startServer(t, path, settings)])

const keySet = async ({ port }: { port: number }): Promise<{ keys: { kid: string }[] }> =>
  (await fetch(`http://localhost:${port}/.well-known/jwks.json`)).json() as never

t.test('processes that start together on an empty database publish the same two keys', async (t) => {
  const sets = await Promise.all([keySet(one), keySet(two)])
  t.equal(sets[0].keys.length, 2)
  t.strictSame(sets[0], sets[1])
})

t.test(
  'a key that the command line ends is refused by every process, which sign no client out',
  async (t) => {
    const before = await keySet(one)
    const jar = await registerAt(one.port, 'ada@example.com')
    const token = jar.get('access') as string
    const me = async ({ port }: { port: number }) =>
      (await fetch(`http://localhost:${port}/me`, { headers: bearer(token) })).status
    t.strictSame([await me(one), await me(two)], [200, 200])
    await tacitJson(['keys', 'rotate', '--compromised'], { environment: settings })

    // Each process reads the keys within READ_EVERY_MS. The limit is for a machine that is busy.
    for (const server of [one, two]) {
      for (const until = Date.now() + 6 * READ_EVERY_MS; (await me(server)) !== 401; await sleep(100)) {
        if (Date.now() > until) throw new Error('The token is still accepted')
      }
    }
    const [first, second] = await Promise.all([keySet(one), keySet(two)])
    t.strictSame(first, second)
    t.strictSame(
      first.keys.filter(({ kid }) => before.keys.some((old) => old.kid === kid)),
      [],
    )
    t.equal((await browse(two.port, ME, jar)).statusCode, 200)
    t.not(jar.get('access'), token)
    t.equal((await browse(one.port, ME, jar)).statusCode, 200)
  },
)
