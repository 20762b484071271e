import { testLines } from './run.ts'
import { httpSources } from './sources.ts'

await testLines(httpSources)
