/**
 * Runs the tests of the package on every version of Node.js that it supports: `npm run
 * test:package`. `npm test` leaves the package out. npm downloads the other version once.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const { status } = spawnSync(
  'tap',
  ['--disable-coverage', '--timeout=1800', ...globSync('test/system/package/*.test.ts')],
  {
    stdio: 'inherit',
    env: { ...process.env, TACIT_PACKAGE_MATRIX: '1' },
    shell: process.platform === 'win32',
  },
)
process.exitCode = status ?? 1
