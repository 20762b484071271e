import t from 'tap'
import { limits, promised } from './environments.ts'
import { explore } from './explore.ts'
import { exploreIdle } from './idle.ts'
import { idleLimits, idleSettings, realIdleProtocol } from './idle-settings.ts'
import { realProtocol } from './protocol.ts'
import type { Exploration } from './search.ts'

const most = { states: 2_000_000, milliseconds: 600_000 }

const holds = (name: string, find: () => Exploration) =>
  t.test(`holds: ${name}`, async (t) => {
    const { states, complete, violation } = find()
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })

const isLimit = (name: string, why: string, find: () => Exploration) =>
  t.test(`known limit: ${name}: ${why}`, async (t) => {
    const { violation } = find()
    t.ok(violation, 'the assumption is needed: without it the model finds a way to refuse an honest client')
    t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
  })

for (const { name, env } of promised) holds(name, () => explore(realProtocol, env, most))
for (const { name, env } of idleSettings) holds(name, () => exploreIdle(realIdleProtocol, env, most))
for (const { name, env, why } of limits) isLimit(name, why, () => explore(realProtocol, env, most))
for (const { name, env, why } of idleLimits)
  isLimit(name, why, () => exploreIdle(realIdleProtocol, env, most))
