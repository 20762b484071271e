import { runTogether } from '../support/run-together.ts'

runTogether(['test/plugins/!(stopping|under-pressure).test.ts'])
