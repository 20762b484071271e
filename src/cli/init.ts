import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { generateSecret } from '../keys/secrets.ts'
import type { Runner } from './runner.ts'
import { addSecretKey } from './secret-file.ts'
import { IGNORED_BY_GIT, projectFiles, STARTER_FILES } from './starter.ts'
import { version } from './version.ts'

const SECRET_FILE = '.env'

export function addInitCommand(program: Command, { say }: Runner): void {
  program
    .command('init')
    .description('write a small application with a guarded route, a test of it and a new SECRET_KEY')
    .argument('[folder]', 'the folder for its files, created if it does not exist', '.')
    .addHelpText('after', INIT_HELP)
    .action((folder: string) => {
      const hadPackage = existsSync(join(folder, 'package.json'))
      const written = writeStarter(folder)
      const next = nextCommands(folder, hadPackage)
      const lines = [
        `Wrote ${written.join(', ')} in ${resolve(folder)}. Next:`,
        '',
        ...next.map((line) => `  ${line}`),
      ]
      return say({ json: { folder: resolve(folder), written, next }, text: lines.join('\n') })
    })
}

/**
 * @returns the names of the files
 * @throws Error, before anything is written, if a file that it would write exists
 */
function writeStarter(folder: string): string[] {
  const found = [SECRET_FILE, ...Object.keys(STARTER_FILES)].filter((name) => existsSync(join(folder, name)))
  if (found.length > 0)
    throw new Error(`${found.join(', ')} in ${resolve(folder)} would be overwritten. Nothing was written.`)
  refuseCommonJs(join(folder, 'package.json'))

  mkdirSync(folder, { recursive: true })
  const project = Object.entries(projectFiles(packageName(folder), version))
  const files = [
    ...Object.entries(STARTER_FILES),
    ...project.filter(([name]) => !existsSync(join(folder, name))),
  ]
  for (const [name, text] of files) writeFileSync(join(folder, name), text, { flag: 'wx' })
  addSecretKey(join(folder, SECRET_FILE), generateSecret())
  const ignored = addIgnored(join(folder, '.gitignore')) ? ['.gitignore'] : []
  return [...files.map(([name]) => name), SECRET_FILE, ...ignored]
}

/** The application consists of ES modules. A project must declare that it uses them. */
function refuseCommonJs(path: string): void {
  if (!existsSync(path)) return
  const { type } = JSON.parse(readFileSync(path, 'utf8')) as { type?: string }
  if (type === 'module') return
  throw new Error(
    'package.json must have "type": "module". Run `npm pkg set type=module`. Nothing was written.',
  )
}

/** A name that npm accepts, made from the name of the folder. */
const packageName = (folder: string): string =>
  basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'app'

/** @returns whether a line was missing */
function addIgnored(path: string): boolean {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = before.split(/\r?\n/).map((line) => line.trim())
  const missing = IGNORED_BY_GIT.filter((line) => !lines.includes(line))
  if (missing.length === 0) return false
  const separator = before === '' || before.endsWith('\n') ? '' : '\n'
  writeFileSync(path, `${before}${separator}${missing.join('\n')}\n`)
  return true
}

function nextCommands(folder: string, hadPackage: boolean): string[] {
  const where =
    resolve(folder) === process.cwd() ? '' : `cd ${/\s/.test(folder) ? `"${folder}"` : folder} && `
  return hadPackage
    ? [`${where}npm install fastify tacit-auth`, 'node --test', 'node server.ts']
    : [`${where}npm install`, 'npm test', 'npm start']
}

const INIT_HELP = `
Refuses to overwrite a file. package.json and tsconfig.json are written if there is none.
With --json: {"folder": "...", "written": ["app.ts", ...], "next": ["npm install", ...]}

Examples:
  tacit init
  tacit init my-app`
