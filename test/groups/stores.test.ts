import { runTogether } from '../support/run-together.ts'

runTogether(['test/db/**/*.test.ts', 'test/store/*.test.ts'])
