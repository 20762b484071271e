import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { buildApp } from '../src/app.ts'
import { openDatabase } from '../src/models/database.ts'
import { createMovieModel } from '../src/models/movies.ts'
import { createMovies } from '../src/services/movies.ts'
import { EDITOR, ISSUER } from './support/issuer.ts'
import { patch, post, remove, startService } from './support/service.ts'

const STALKER = { title: 'Stalker', year: 1979, director: 'Andrei Tarkovsky' }
const forbidden = { statusCode: 403, code: 'ACCESS_FORBIDDEN' }

t.test('adds a movie for the caller, and shows it to every caller', async (t) => {
  const { as } = await startService(t)
  const added = await as('ada', post(STALKER))
  t.equal(added.statusCode, 201)
  t.equal(added.headers.location, '/movies/1')
  const { createdAt, ...movie } = added.json()
  t.strictSame(movie, { id: 1, ownerId: 'ada', ...STALKER })
  t.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000)
  const read = await as('grace', { url: '/movies/1' })
  t.equal(read.statusCode, 200)
  t.strictSame(read.json(), added.json())
  t.equal((await as('ada', post({ title: 'Nostalghia', year: 1983 }))).json().director, null)
})

t.test('lists movies page by page', async (t) => {
  const { as } = await startService(t)
  for (let year = 2001; year <= 2005; year += 1) await as('ada', post({ title: `The year ${year}`, year }))
  const list = async (query = '') => (await as('ada', { url: `/movies${query}` })).json()
  const years = (page: { movies: { year: number }[] }) => page.movies.map(({ year }) => year)
  const first = await list('?limit=2')
  t.strictSame(years(first), [2001, 2002])
  t.equal(first.nextAfter, 2)
  t.strictSame(years(await list('?limit=2&after=2')), [2003, 2004])
  const last = await list('?limit=2&after=4')
  t.strictSame(years(last), [2005])
  t.equal(last.nextAfter, null)
  t.equal((await list()).movies.length, 5)
  t.strictSame(await list('?ownerId=grace'), { movies: [], nextAfter: null })
  t.strictSame(await list('?limit=5&ownerId=ada'), await list())
})

t.test('lets the owner change and delete a movie', async (t) => {
  const { as } = await startService(t)
  await as('ada', post(STALKER))
  const changed = await as('ada', patch(1, { year: 1980, director: null }))
  t.equal(changed.statusCode, 200)
  t.match(changed.json(), { title: 'Stalker', year: 1980, director: null, ownerId: 'ada' })
  const removed = await as('ada', remove(1))
  t.equal(removed.statusCode, 204)
  t.equal(removed.body, '')
  t.equal((await as('ada', { url: '/movies/1' })).statusCode, 404)
  t.equal((await as('ada', post(STALKER))).json().id, 2, 'the id is not given again')
})

t.test('lets another account neither change nor delete a movie', async (t) => {
  const { as } = await startService(t)
  await as('ada', post(STALKER))
  for (const request of [patch(1, { title: 'Mine' }), remove(1)]) {
    const refused = await as('grace', request)
    t.equal(refused.statusCode, 403)
    t.match(refused.json(), forbidden)
  }
  t.match((await as('ada', { url: '/movies/1' })).json(), STALKER)
})

t.test('lets a caller with the permission movies:write change and delete every movie', async (t) => {
  const { as } = await startService(t)
  await as('ada', post(STALKER))
  t.equal((await as('grace', patch(1, { year: 1980 }), EDITOR)).statusCode, 200)
  t.equal((await as('grace', patch(1, { year: 1980 }), { scope: 'movies:writer' })).statusCode, 403)
  t.equal((await as('grace', remove(1), EDITOR)).statusCode, 204)
})

t.test('shows the movies of an account to the account and to editors', async (t) => {
  const { as } = await startService(t)
  await as('ada', post(STALKER))
  const url = '/users/ada/movies'
  t.equal((await as('ada', { url })).json().movies.length, 1)
  t.equal((await as('grace', { url }, EDITOR)).json().movies.length, 1)
  t.match((await as('grace', { url })).json(), forbidden)
})

t.test('answers 404 for a movie that does not exist', async (t) => {
  const { as } = await startService(t)
  for (const request of [{ url: '/movies/7' }, patch(7, { year: 1980 }), remove(7)]) {
    const response = await as('ada', request, EDITOR)
    t.strictSame(response.json(), {
      statusCode: 404,
      code: 'MOVIE_NOT_FOUND',
      error: 'Not Found',
      message: 'There is no movie with the id 7',
    })
  }
})

t.test('reports a movie that was deleted while its change was under way', async (t) => {
  const database = openDatabase(':memory:')
  t.teardown(() => database.close())
  const movies = createMovies(createMovieModel(database.db))
  t.throws(() => movies.change(1, { year: 1980 }), { code: 'MOVIE_NOT_FOUND' })
  t.throws(() => movies.remove(1), { code: 'MOVIE_NOT_FOUND' })
})

t.test('keeps movies in its file', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'movies-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { issuer } = await startService(t)
  const headers = { authorization: `Bearer ${await issuer.tokenFor('ada')}` }
  const start = () =>
    buildApp({
      databaseFile: join(folder, 'data/movies.db'),
      verifier: { issuer: ISSUER, url: issuer.url },
    })
  const first = await start()
  await first.inject({ ...post(STALKER), headers })
  await first.close()
  const second = await start()
  t.match((await second.inject({ url: '/movies/1', headers })).json(), STALKER)
  await second.close()
})

const wrong = [
  [post({ year: 1979 }), /^body must have required property 'title'$/],
  [post({ title: ' ', year: 1979 }), /^body\/title must match pattern/],
  [post({ title: 'x'.repeat(201), year: 1979 }), /^body\/title must NOT have more than 200 characters$/],
  [post({ title: 'Stalker', year: '1979' }), /^body\/year must be integer$/],
  [post({ title: 'Stalker', year: 1700 }), /^body\/year must be >= 1888$/],
  [post({ ...STALKER, ownerId: 'grace' }), /^body must NOT have additional properties$/],
  [patch(1, {}), /^body must NOT have fewer than 1 properties$/],
  [patch(1, { id: 2 }), /^body must NOT have additional properties$/],
  [{ url: '/movies/one' }, /^params\/movieId must match pattern/],
  [{ url: '/movies?limit=101' }, /^querystring\/limit must match pattern/],
  [{ url: '/movies?page=2' }, /^querystring must NOT have additional properties$/],
  [{ ...post({}), payload: '{', headers: { 'content-type': 'application/json' } }, /JSON/],
] as const
for (const [request, message] of wrong) {
  t.test(`refuses ${JSON.stringify(request).slice(0, 90)} with a sentence`, async (t) => {
    const { as } = await startService(t)
    const response = await as('ada', request)
    t.equal(response.statusCode, 400)
    t.match(response.json().message, message)
  })
}
