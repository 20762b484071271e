import { mutantsOf } from '../mutant.ts'

const TESTS = ['test/examples/movies-api/service.test.ts']

const rule = mutantsOf('examples/movies-api/src/services/movies.ts', TESTS, [
  {
    name: 'movies: every caller may change every movie',
    from: 'movie.ownerId === caller.userId ||',
    to: "movie.ownerId !== '' ||",
  },
  {
    name: 'movies: a part of a permission permits',
    from: "caller.scope.split(' ').includes('movies:write')",
    to: "caller.scope.includes('movies:write')",
  },
])

const routes = mutantsOf('examples/movies-api/src/routers/movies.ts', TESTS, [
  {
    name: 'movies: every caller may read the movies of an account',
    from: "auth: { owner: 'params.userId', or: { permission: 'movies:write' } }",
    to: "auth: 'signed-in'",
  },
])

const answers = mutantsOf('examples/movies-api/src/app.ts', TESTS, [
  {
    name: 'movies: a fault tells its message',
    from: 'statusCode < 500 || statusCode === 503',
    to: 'statusCode <= 503',
  },
  { name: 'movies: text is converted to a number', from: 'coerceTypes: false', to: 'coerceTypes: true' },
])

export const examples = [...rule, ...routes, ...answers]
