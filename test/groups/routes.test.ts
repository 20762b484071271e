import { runTogether } from '../support/run-together.ts'

runTogether(['test/routes/!(auth)/*.test.ts'])
