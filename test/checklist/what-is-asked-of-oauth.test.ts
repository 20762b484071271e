import { testLines } from './run.ts'
import { oauthSources } from './sources.ts'

await testLines(oauthSources)
