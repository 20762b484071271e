import { runTogether } from '../support/run-together.ts'

runTogether(['test/db/*.test.ts', 'test/db/{move,sqlite}/*.test.ts'])
