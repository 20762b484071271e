import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Teardown } from './app.ts'
import { withSystemPrograms } from './find-program.ts'
import { onServer } from './postgres.ts'
import { serverAccount } from './postgres-binaries.ts'
import { freePort } from './postgres-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** PgBouncer in transaction mode before a database. @returns the URL of the database behind it */
export async function pgBouncer(t: Teardown, database: string): Promise<string> {
  const { hostname, port, pathname, username, password } = new URL(database)
  const name = pathname.slice(1)
  const own = await freePort()
  const folder = temporaryDirectory(t)
  chmodSync(folder, 0o755)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
${name} = host=${hostname} port=${port} dbname=${name} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
`,
  )
  const child = spawn('pgbouncer', ['-q', file], {
    ...serverAccount(),
    env: withSystemPrograms(),
    stdio: 'ignore',
  })
  t.teardown(async () => {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  })
  const url = new URL(database)
  url.port = String(own)
  url.hostname = '127.0.0.1'
  while (!(await onServer(url.href, async () => true).catch(() => false))) {
    if (child.exitCode !== null) throw new Error('PgBouncer did not start')
  }
  return url.href
}
