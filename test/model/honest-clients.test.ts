import t from 'tap'
import { examinations } from './examinations.ts'
import { openExplorer } from './explorer.ts'

const explored = openExplorer(t)

for (const promise of examinations.promises) {
  t.test(`holds: ${promise.name}`, async (t) => {
    const { states, complete, violation } = await explored('promises', promise)
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })
}

for (const limit of examinations.limits) {
  t.test(`known limit: ${limit.name}: ${limit.why}`, async (t) => {
    const { violation } = await explored('limits', limit)
    t.ok(violation, 'the assumption is needed: without it the model finds a way to refuse an honest client')
    t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
  })
}
