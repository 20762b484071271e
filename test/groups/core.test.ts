import { runTogether } from '../support/run-together.ts'

runTogether([
  'test/{access,accounts,audit,http,keys,openapi,protocol,schemas,sessions}/*.test.ts',
  'test/errors.test.ts',
])
