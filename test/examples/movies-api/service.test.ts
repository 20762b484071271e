/** The tests of examples/movies-api, with this repository's sources in the place of the package. */
import '../../support/package-from-sources.ts'

await import('../../../examples/movies-api/test/movies.test.ts')
await import('../../../examples/movies-api/test/access.test.ts')
