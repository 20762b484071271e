/**
 * The published package, packed from a clean copy of the sources.
 */
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './outside-run.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const CACHE = join(ROOT, 'node_modules/.cache/tacit-package')

/** The sources of the package. */
const SOURCES = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  'LICENSE',
  '.env.example',
  'src',
  'plugins',
  'routes',
  'tools',
  'examples/spa',
]

const isSource = (path: string): boolean => !['node_modules', 'dist'].includes(basename(path))

export interface Packed {
  /** The path of the tarball. */
  readonly tarball: string
  readonly bytes: number
  /** The paths in it, sorted. */
  readonly files: readonly string[]
}

/**
 * The tarball as `npm pack` makes it from the sources as they are. It is made once for the same
 * sources.
 */
export async function packed(): Promise<Packed> {
  const folder = join(CACHE, hashOfSources())
  if (!existsSync(folder)) await packInto(folder)
  return JSON.parse(readFileSync(join(folder, 'packed.json'), 'utf8'))
}

function hashOfSources(): string {
  const hash = createHash('sha256')
  const files = SOURCES.flatMap((source) => filesIn(join(ROOT, source))).sort()
  for (const file of files)
    hash
      .update(`${relative(ROOT, file)}\0`)
      .update(readFileSync(file))
      .update('\0')
  return hash.digest('hex').slice(0, 16)
}

function filesIn(path: string): string[] {
  if (!isSource(path)) return []
  const entries = readdirSync(dirname(path), { withFileTypes: true })
  if (!entries.find(({ name }) => name === basename(path))?.isDirectory()) return [path]
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)))
}

/** In a copy: the build would take the pages away from tests that run at the same time. */
async function packInto(folder: string): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'tacit-pack-'))
  try {
    for (const source of SOURCES) {
      cpSync(join(ROOT, source), join(copy, source), { recursive: true, filter: isSource })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    const ofPages = join(ROOT, 'examples/spa/node_modules')
    if (existsSync(ofPages)) symlinkSync(ofPages, join(copy, 'examples/spa/node_modules'))
    const { stdout } = await run('npm', ['pack', '--json'], { cwd: copy })
    // The output of the build comes first.
    const [{ filename, size, files }] = JSON.parse(stdout.slice(stdout.search(/^\[$/m)))
    const tarball = join(folder, filename)
    const paths = (files as { path: string }[]).map(({ path }) => path).sort()
    const made = mkdtempSync(join(mkdirp(CACHE), 'new-'))
    cpSync(join(copy, filename), join(made, filename))
    writeFileSync(join(made, 'packed.json'), JSON.stringify({ tarball, bytes: size, files: paths }))
    // Another test may have been faster, with the same result.
    if (existsSync(folder)) rmSync(made, { recursive: true })
    else renameSync(made, folder)
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function mkdirp(path: string): string {
  mkdirSync(path, { recursive: true })
  return path
}
