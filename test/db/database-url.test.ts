import t from 'tap'
import { databaseFile, shownUrl } from '../../src/db/database-url.ts'

t.test('shows no password and no parameter of a URL', async (t) => {
  for (const [url, shown] of [
    ['postgres://tacit:secret@db:5432/tacit', 'postgres://tacit@db:5432/tacit'],
    ['postgresql://tacit@db/tacit?password=secret', 'postgresql://tacit@db/tacit'],
    ['postgres://db/tacit', 'postgres://db/tacit'],
    ['postgres://tacit:sec@ret/?:@db/tacit', 'postgres://tacit@db/tacit'],
    ['postgres:///tacit?host=/run/postgresql', 'postgres:///tacit'],
    ['file:./data/tacit.db', 'file:./data/tacit.db'],
    [':memory:', ':memory:'],
  ] as const) {
    t.equal(shownUrl(url), shown)
  }
})

t.test('tells the file of an embedded database', async (t) => {
  t.equal(databaseFile('file:./data/tacit.db'), './data/tacit.db')
  t.equal(databaseFile(':memory:'), undefined)
  t.equal(databaseFile('postgres://db/tacit'), undefined)
})
