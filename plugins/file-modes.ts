import fp from 'fastify-plugin'
import { exposedFiles, holdsSecret } from '../src/config/file-modes.ts'
import { databaseFile, shownUrl } from '../src/db/database-url.ts'
import { developmentSecretPath } from '../src/keys/secrets.ts'
import { internalsOf } from '../src/wiring/internals.ts'

const SETTINGS_FILE = '.env'

/** Warns if other accounts of the machine can read the database or a file that holds a secret. */
export default fp(
  async (app) => {
    const { databaseUrl, secrets = [] } = internalsOf(app).config
    app.addHook('onReady', async () => {
      // A URL that has a password is shown in another form.
      const inUse = shownUrl(databaseUrl) === databaseUrl ? secrets : [...secrets, databaseUrl]
      const database = databaseFile(databaseUrl)
      const files = [
        ...(holdsSecret(SETTINGS_FILE, inUse) ? [SETTINGS_FILE] : []),
        ...(database === undefined ? [] : [database, `${database}-wal`, `${database}-shm`]),
        ...(databaseUrl === ':memory:' ? [] : [developmentSecretPath(databaseUrl)]),
      ]
      for (const { path, mode } of exposedFiles(files)) {
        app.log.warn(
          `Other accounts of this machine can read or change ${path}: it has mode ${mode}. Run \`chmod 600 ${path}\`.`,
        )
      }
    })
  },
  { name: 'file-modes', dependencies: ['env', 'database'] },
)
