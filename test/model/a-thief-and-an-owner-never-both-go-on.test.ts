import t from 'tap'
import { theft } from './environments.ts'
import { explore } from './explore.ts'
import { realProtocol } from './protocol.ts'

t.test(theft.name, async (t) => {
  const { states, complete, violation } = explore(realProtocol, theft.env, {
    states: 2_000_000,
    milliseconds: 60_000,
  })
  t.comment(`${states} states`)
  t.equal(violation, undefined)
  t.ok(complete, 'every state that can be reached was seen')
})
