import { runTogether } from '../support/run-together.ts'

runTogether(['test/system/rotation/*.test.ts'])
