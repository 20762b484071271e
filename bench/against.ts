/**
 * Another version of the service beside this one, in one run:
 *
 *   npx node bench/against.ts FOLDER [--rounds 7] [--seconds 2] [--only TEXT] [--same-settings]
 *
 * FOLDER is a checkout of the other version with its dependencies. Both serve GET /me in rounds that alternate. What is
 * compared is the CPU time of a request, which the machine's other work hardly moves.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pinLoad } from './cores.ts'
import { type Load, load } from './load.ts'
import { type Server, startServer } from './process.ts'
import { interleave, median, ratio } from './rounds.ts'
import { CONNECTIONS, type Scenario, scenarios } from './scenarios.ts'
import { settingsFor, startTacit, withFolder, withServers } from './servers.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    // The other version holds refresh tokens, too.
    'same-settings': { type: 'boolean', default: false },
  },
})
const [folder] = positionals
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)]
if (folder === undefined || !(rounds > 0 && seconds > 0)) {
  console.error('npx node bench/against.ts FOLDER [--rounds 7] [--seconds 2] [--only TEXT] [--same-settings]')
  process.exit(2)
}

pinLoad()
console.log('| | this version, µs | the other, µs | ratio | spread |\n|---|---|---|---|---|')
for (const scenario of scenarios.filter(({ name }) => name.includes(values.only)))
  await withFolder((data) => compare(scenario, data, folder))

async function compare(scenario: Scenario, data: string, other: string): Promise<void> {
  const url = (name: string) => `file:${join(data, `${name}.db`)}`
  // A setting that makes each refresh rotate is for the version that would hold it.
  const servers = [
    startTacit(url('this'), scenario.settings),
    startServer(
      ['npm', '--prefix', other, 'start'],
      settingsFor(url('other'), values['same-settings'] ? scenario.settings : {}),
    ),
  ] as const
  await withServers(servers, async ([here, there]) => {
    const loads = { here: await prepared(scenario, here), there: await prepared(scenario, there) }
    const found = await interleave(
      scenario.name,
      {
        here: async () => (await load(here, loads.here)).cpu,
        there: async () => (await load(there, loads.there)).cpu,
      },
      rounds,
    )
    const { figure, spread } = ratio(found.here, found.there)
    const [us, them] = [found.here, found.there].map((each) => median(each).toFixed(0))
    console.log(
      `| ${scenario.name} | ${us} | ${them} | ${figure.toFixed(2)} | ${spread.map((each) => each.toFixed(2)).join('–')} |`,
    )
  })
}

async function prepared(scenario: Scenario, server: Server): Promise<Load> {
  return { connections: CONNECTIONS, seconds, ...(await scenario.prepare(server.url)) }
}
