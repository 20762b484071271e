import { runTogether } from '../support/run-together.ts'

runTogether(['test/system/{clients,deployment,services}/*.test.ts'])
