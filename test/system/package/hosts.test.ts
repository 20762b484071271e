import t from 'tap'
import { tacit } from '../../../src/index.ts'
import { checkHost, hosts } from './hosts.ts'

for (const [name, host] of Object.entries(hosts)) {
  for (const order of ['before', 'after'] as const) {
    t.test(`fits into an application that registers ${name} ${order} it`, async (t) => {
      await t.resolves(checkHost(tacit, host, order))
    })
  }
}
