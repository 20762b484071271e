/**
 * A PostgreSQL server with a base backup and an archive of its write-ahead log, and a copy of it as
 * it was at an earlier time.
 *
 * The package has no pg_basebackup, so the backup is made by the functions of the server.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Teardown } from './app.ts'
import { onServer, ownPostgres } from './postgres.ts'
import { serverAccount } from './postgres-binaries.ts'
import { type PostgresServer, startPostgresServer } from './postgres-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export interface ArchivedPostgres {
  readonly server: PostgresServer
  /** Names the present moment. */
  markTime(name: string): Promise<void>
  /** Starts a copy of the server as it was at a moment, while the server goes on. */
  promoteCopy(name: string): Promise<PostgresServer>
}

/** Starts a server, and makes the base backup. */
export async function archivedPostgres(t: Teardown): Promise<ArchivedPostgres> {
  const directory = temporaryDirectory(t)
  chmodSync(directory, 0o755)
  const [archive, copy] = [join(directory, 'archive'), join(directory, 'copy')]
  mkdirSync(archive)
  mkdirSync(copy)
  for (const each of [archive, copy]) own(each)
  const archiving = { archive_mode: 'on', archive_command: `cp "%p" "${archive}/%f"` }
  const server = await ownPostgres(t, archiving)
  const asOwner = <Result>(work: (client: pg.Client) => Promise<Result>) =>
    onServer(server.urlOf('postgres'), work)
  const data = join(copy, 'data')
  await asOwner((client) => backUp(client, server.data, data))

  return {
    server,
    markTime: (name) =>
      asOwner(async (client) => void (await client.query('SELECT pg_create_restore_point($1)', [name]))),
    async promoteCopy(name) {
      await asOwner(archiveAll)
      addFile(join(data, 'recovery.signal'), '')
      const promoted = await startPostgresServer(server.programs, data, {
        restore_command: `cp "${archive}/%f" "%p"`,
        recovery_target_name: name,
        recovery_target_action: 'promote',
      })
      t.teardown(() => promoted.kill())
      return promoted
    },
  }
}

function own(path: string): void {
  const { uid, gid } = serverAccount()
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
}

function addFile(path: string, content: string): void {
  writeFileSync(path, content)
  own(path)
}

/** The connection stays open from the start of a backup to its end. */
async function backUp(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query("SELECT pg_backup_start('base', true)")
  execFileSync('cp', ['-a', from, to], serverAccount())
  rmSync(join(to, 'postmaster.pid'))
  const log = join(to, 'pg_wal')
  for (const segment of readdirSync(log, { withFileTypes: true }))
    if (segment.isFile()) rmSync(join(log, segment.name))
  const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop(false)')
  addFile(join(to, 'backup_label'), rows[0].labelfile)
}

/** Waits until everything that was logged is in the archive. */
async function archiveAll(client: pg.Client): Promise<void> {
  const { rows } = await client.query('SELECT pg_walfile_name(pg_switch_wal()) AS segment')
  for (let archived = ''; archived < rows[0].segment; ) {
    await sleep(POLL_MS)
    const { rows: found } = await client.query('SELECT last_archived_wal FROM pg_stat_archiver')
    archived = found[0].last_archived_wal ?? ''
  }
}

const POLL_MS = 20
