import { runTogether } from '../support/run-together.ts'

runTogether(['test/routes/auth/!(login-failures).test.ts'])
