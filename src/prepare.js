// Fills the compile cache as part of `npm ci`, so that the first start is as quick as the next. JavaScript, and an attempt
// only: it also runs where an older node installs what a newer one will start.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const { status } = spawnSync(process.execPath, ['src/start-once.ts'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: { ...process.env, NODE_ENV: 'development', DATABASE_URL: ':memory:', LOG_LEVEL: 'silent' },
  stdio: 'ignore',
})
if (status !== 0)
  process.stdout.write('The compile cache was not filled: the first start will take longer.\n')
