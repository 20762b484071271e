import { mutantsOf } from '../mutant.ts'

const MOVE = ['test/db/move/move.test.ts']

/** The move to PostgreSQL. Its tests need a server. */
export const move = [
  ...mutantsOf('src/db/move/copying.ts', MOVE, [
    {
      name: 'move: the copy is not compared with the source',
      from: 'if (isSame(found, copied)) return',
      to: 'if (found !== undefined) return',
    },
    {
      name: 'move: a source that has changed since is not noticed',
      from: 'if (!isSame(found, cursor)) return false',
      to: 'if (found.rows > cursor.rows) return false',
    },
  ]),
  ...mutantsOf('src/db/move/checksum.ts', MOVE, [
    {
      name: 'move: rows are counted and not compared',
      from: 'one.rows === other.rows && one.sum === other.sum',
      to: 'one.rows === other.rows',
    },
  ]),
  ...mutantsOf('src/db/move/source.ts', MOVE, [
    {
      name: 'move: other processes may use the source',
      from: "driver.exec('BEGIN EXCLUSIVE; COMMIT')",
      to: "driver.exec('BEGIN; COMMIT')",
    },
    {
      name: 'move: the numbers of deleted rows are given again',
      from: 'SELECT seq FROM sqlite_sequence WHERE name = ?',
      to: 'SELECT 0 WHERE ? IS NULL',
    },
    {
      name: 'move: the tables of a newer version are moved',
      from: 'if (last > own)',
      to: 'if (last > own + 1)',
    },
  ]),
  ...mutantsOf('src/db/move/move.ts', MOVE, [
    {
      name: 'move: the source stays open to the service',
      from: 'source.markMoved({',
      to: 'void ({',
    },
    {
      name: 'move: a moved source is moved again',
      from: 'if (isSettled) throw',
      to: 'if (isSettled && options.isDryRun) throw',
    },
  ]),
  ...mutantsOf('src/db/move/target.ts', MOVE, [
    {
      name: 'move: the target stays closed after the move',
      from: 'await client.query(`DROP TABLE ${UNFINISHED_MOVE}`)',
      to: 'await client.query(`SELECT 1`)',
    },
    {
      name: 'move: a batch that another process has copied is copied again',
      from: 'if (moved.rowCount !== 1) throw',
      to: 'if (moved.rowCount === 2) throw',
    },
  ]),
  ...mutantsOf('src/db/move/target-state.ts', MOVE, [
    {
      name: 'move: rows are added to those of another installation',
      from: "if (rows.length === 0) return 'empty'\n  throw new Error(\n    `The target is not",
      to: "if (rows.length >= 0) return 'empty'\n  throw new Error(\n    `The target is not",
    },
    {
      name: 'move: a service may use the target meanwhile',
      from: 'if (rowCount === 0) return',
      to: 'if (rowCount !== null) return',
    },
  ]),
  ...mutantsOf('src/db/move/moved-tables.ts', MOVE, [
    {
      name: 'move: a table is left out',
      from: '  movedTable(sqlite.leases, postgres.leases),\n',
      to: '',
    },
  ]),
  ...mutantsOf('src/db/postgres/unfinished-move.ts', MOVE, [
    {
      name: 'move: an unfinished copy is served',
      from: 'if (isUnfinished) throw',
      to: 'if (isUnfinished === null) throw',
    },
  ]),
]
