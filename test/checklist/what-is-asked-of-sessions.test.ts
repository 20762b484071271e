import { testLines } from './run.ts'
import { sessionSources } from './sources.ts'

await testLines(sessionSources)
