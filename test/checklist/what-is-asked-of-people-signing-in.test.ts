import { testLines } from './run.ts'
import { peopleSources } from './sources.ts'

await testLines(peopleSources)
