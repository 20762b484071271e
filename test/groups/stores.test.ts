import { runTogether } from '../support/run-together.ts'

runTogether(['test/db/postgres/*.test.ts', 'test/store/*.test.ts'])
