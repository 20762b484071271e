import t from 'tap'
import { limits, promised } from './environments.ts'
import { explore } from './explore.ts'
import { realProtocol } from './protocol.ts'

const most = { states: 2_000_000, milliseconds: 60_000 }

for (const { name, env } of promised) {
  t.test(`holds: ${name}`, async (t) => {
    const { states, complete, violation } = explore(realProtocol, env, most)
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })
}

for (const { name, env, why } of limits) {
  t.test(`known limit: ${name}: ${why}`, async (t) => {
    const { violation } = explore(realProtocol, env, most)
    t.ok(violation, 'the assumption is needed: without it the model finds a way to refuse an honest client')
    t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
  })
}
