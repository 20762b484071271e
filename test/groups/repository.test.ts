import { runTogether } from '../support/run-together.ts'

runTogether(['test/{bench,mutation,standards,tools,workers}/*.test.ts'])
