import { runTogether } from '../support/run-together.ts'

runTogether(['test/credentials/{device-cookies,password-rules,passwords,proof,throttle}.test.ts'])
