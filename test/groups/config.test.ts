import { runTogether } from '../support/run-together.ts'

runTogether(['test/{app,config,docs,mail}/*.test.ts'])
