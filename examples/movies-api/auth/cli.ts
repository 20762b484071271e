/** The command line of the auth service, with its roles: `npm run tacit -- user list`. */
import { runCommandLine } from 'tacit-auth'
import { roles } from './roles.ts'

process.exitCode = await runCommandLine(process.argv.slice(2), { roles })
