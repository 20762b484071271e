import { runTogether } from '../support/run-together.ts'

runTogether(['test/{examples/spa,revocations,verifier}/*.test.ts'])
