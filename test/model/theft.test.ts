import t from 'tap'
import { examinations } from './examinations.ts'
import { openExplorer } from './explorer.ts'

const explored = openExplorer(t)

for (const theft of examinations.thefts) {
  t.test(`is found: ${theft.name}`, async (t) => {
    const { states, complete, violation } = await explored('thefts', theft)
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })
}

for (const change of examinations.passwordChanges) {
  t.test(`loses the session: ${change.name}`, async (t) => {
    const { states, complete, violation } = await explored('passwordChanges', change)
    t.comment(`${states} states`)
    t.equal(violation, undefined)
    t.ok(complete, 'every state that can be reached was seen')
  })
}

for (const unseen of examinations.unseen) {
  t.test(`known limit: ${unseen.name}`, async (t) => {
    const { violation } = await explored('unseen', unseen)
    t.ok(violation, 'the limit is there: a rule that finds this thief must be promised')
    t.comment([violation?.invariant, ...(violation?.trace ?? [])].join('\n'))
  })
}
