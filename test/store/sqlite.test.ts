import t from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { temporaryDatabase } from '../support/database.ts'
import { addressChangesConform } from './address-changes.ts'
import { changesConform } from './changes.ts'
import { clientsConform } from './clients.ts'
import { countsAndEventsConform } from './counts-and-events.ts'
import type { Implementation } from './database.ts'
import { keysConform } from './keys.ts'
import { oneTimeTokensConform } from './one-time-tokens.ts'
import { outboxConforms } from './outbox.ts'
import { registrationsConform } from './registrations.ts'
import { sessionsConform } from './sessions.ts'
import { usersConform } from './users.ts'

const sqlite: Implementation = {
  name: 'sqlite',
  create(t) {
    const url = `file:${temporaryDatabase(t)}`
    return {
      async open() {
        const store = createSqliteStore({ url })
        t.teardown(() => store.close())
        return store
      },
    }
  },
}

const suites = [
  usersConform,
  sessionsConform,
  countsAndEventsConform,
  changesConform,
  keysConform,
  clientsConform,
  outboxConforms,
  oneTimeTokensConform,
  registrationsConform,
  addressChangesConform,
]
for (const conform of suites) conform(t, sqlite)
