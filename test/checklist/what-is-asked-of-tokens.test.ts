import { testLines } from './run.ts'
import { tokenSources } from './sources.ts'

await testLines(tokenSources)
