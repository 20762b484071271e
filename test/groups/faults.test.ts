import { runTogether } from '../support/run-together.ts'

runTogether(['test/system/faults/*.test.ts'])
