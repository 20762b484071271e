import { runTogether } from '../support/run-together.ts'

runTogether(['test/system/browser/{forgotten-password,other-origins,page-behavior,silent-refresh}.test.ts'])
