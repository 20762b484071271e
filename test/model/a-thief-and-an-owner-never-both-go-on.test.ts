import t from 'tap'
import { explorePassword } from './password-change.ts'
import { passwordSettings, realPasswordProtocol } from './password-settings.ts'
import { realProtocol } from './protocol.ts'
import { exploreTheft } from './theft.ts'
import { thefts, unseen } from './theft-settings.ts'

const most = { states: 2_000_000, milliseconds: 600_000 }

for (const { name, env } of thefts) {
  t.test(`is found: ${name}`, async (t) => {
    const { states, complete, violation } = exploreTheft(realProtocol, env, most)
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })
}

for (const { name, env } of passwordSettings) {
  t.test(`loses the session: ${name}`, async (t) => {
    const { states, complete, violation } = explorePassword(realPasswordProtocol, env, most)
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })
}

t.test(`known limit: ${unseen.name}`, async (t) => {
  const { violation } = exploreTheft(realProtocol, unseen.env, most)
  t.ok(violation, 'the limit is there: a rule that finds this thief must be promised')
  t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
})
