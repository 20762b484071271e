import { runTogether } from '../support/run-together.ts'

runTogether(['test/cli/{clients,init,keys,mail,maintenance,output,program,start-text,users}.test.ts'])
