/**
 * Checks which folder imports which: `node tools/check-imports.ts`.
 *
 * A folder of src/ imports only the folders that stand above it in FOLDERS. Biome finds circles (noImportCycles) and
 * holds src/, plugins/ and routes/ apart (biome.json).
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, normalize, sep } from 'node:path'

/** In the order of docs/design.md. A name without a folder is a file at the top of src/. */
const FOLDERS = [
  'errors',
  'clock',
  'cache',
  'module-file',
  'nearest-name',
  'typebox',
  'protocol',
  'config',
  'http',
  'limits',
  'metrics',
  'store',
  'db',
  'audit',
  'access',
  'hooks',
  'keys',
  'clients',
  'mail',
  'credentials',
  'sessions',
  'revocations',
  'accounts',
  'providers',
  'sign-in',
  'gateway',
  'schemas',
  'openapi',
  'wiring',
  'workers',
  'cli',
  'verifier',
]

/** Composition roots and public faces: they may import everything. */
const ROOTS = ['app', 'compose', 'tacit', 'server-options', 'index', 'cli']

/** The verifier runs without a database: it imports these folders alone. */
const VERIFIER_IMPORTS = [
  ...['errors', 'clock', 'cache', 'nearest-name', 'typebox', 'protocol', 'http', 'access', 'hooks'],
  ...['schemas', 'openapi'],
]

const IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/g

const folderOf = (path: string): string => (path.split(sep)[1] ?? '').replace(/\.ts$/, '')

function* wrongImports(path: string): Iterable<string> {
  const folder = folderOf(path)
  if (ROOTS.includes(folder)) return
  const place = FOLDERS.indexOf(folder)
  if (place === -1)
    yield `${path}: src/${folder} is in no place of the order. Add it to tools/check-imports.ts.`
  for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(IMPORT)) {
    const target = normalize(`${dirname(path)}/${specifier}`)
    const other = folderOf(target)
    if (!target.startsWith(`src${sep}`) || other === folder) continue
    const allowed = folder === 'verifier' ? VERIFIER_IMPORTS : FOLDERS.slice(0, place)
    if (!allowed.includes(other)) yield `${path} imports ${target}: src/${folder} must not know src/${other}.`
  }
}

const wrong = globSync('src/**/*.ts')
  .sort()
  .flatMap((path) => [...wrongImports(path)])
for (const line of wrong) process.stderr.write(`${line}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1
