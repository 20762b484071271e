// Builds what the repository and the published package serve and run: `npm run build`. The pages go
// to examples/spa/dist; the modules as JavaScript with their declarations, and what they read
// beside them, go to dist/.
//
// `npm run prepare` adds --if-possible: where only production dependencies are installed, it builds
// nothing and succeeds. JavaScript, without dependencies until they are known to be there: `npm ci`
// also runs it on an older Node.js.
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist')
/** The pages are a workspace of their own, with dependencies of their own. */
const pages = join(root, 'examples/spa')

/** The file of a package as the code in a folder finds it, or undefined. */
function find(name, folder) {
  try {
    return createRequire(join(folder, 'package.json')).resolve(name)
  } catch {
    return undefined
  }
}

const vite = find('vite', pages)
const typescript = find('typescript/package.json', root)

/** What modules read at runtime, by the same relative path as in the repository. */
const READ_AT_RUNTIME = [
  'src/credentials/common-passwords.txt',
  'src/db/postgres/migrations',
  'src/db/sqlite/migrations',
  'examples/spa/dist',
  'tools/check-node.cjs',
  'README.md',
]

/** The declarations that package.json exports. */
const PUBLIC_DECLARATIONS = ['src/index.d.ts', 'src/verifier/index.d.ts']

async function build() {
  if (vite === undefined || typescript === undefined) {
    throw new Error('Building takes the development dependencies: `npm ci` installs them.')
  }
  const { build: buildPages } = await import(pathToFileURL(vite).href)
  await buildPages({ root: pages, logLevel: 'warn' })

  rmSync(out, { recursive: true, force: true })
  const compiler = join(dirname(typescript), 'bin/tsc')
  // Comments are in the declarations, and in the sources within the source maps. In the JavaScript
  // they would be a fifteenth of the package.
  for (const options of [
    ['--removeComments', '--declaration', 'false'],
    ['--emitDeclarationOnly', '--sourceMap', 'false', '--inlineSources', 'false'],
  ]) {
    const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', ...options], {
      cwd: root,
      stdio: 'inherit',
    })
    if (status !== 0) throw new Error('The sources do not compile.')
  }

  // Node.js 20 has no globSync. An import at the top would make `npm ci --omit=dev` fail there.
  const { globSync } = await import('node:fs')
  // The compiler rewrites the paths of imports in JavaScript only. The files that declarations name
  // or add types to are `.js` here, too.
  for (const path of globSync('**/*.d.ts', { cwd: out })) {
    const file = join(out, path)
    const text = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      text.replace(/((?:\bfrom|\bimport|\bimport\(|\bdeclare module)\s*['"]\.[^'"]*)\.ts(?=['"])/g, '$1.js'),
    )
  }
  const reachable = declarationsOf(PUBLIC_DECLARATIONS.map((path) => join(out, path)))
  for (const path of globSync('**/*.d.ts', { cwd: out })) {
    if (!reachable.has(join(out, path))) rmSync(join(out, path))
  }
  // Snapshots of the tables serve drizzle-kit alone, which compares the next migration with them.
  const filter = (source) => !source.endsWith('_snapshot.json')
  for (const path of READ_AT_RUNTIME) cpSync(join(root, path), join(out, path), { recursive: true, filter })
}

/** The declarations that these files import, and they themselves. The rest describes no public name. */
function declarationsOf(files) {
  const found = new Set(files)
  for (const file of found) {
    const text = readFileSync(file, 'utf8')
    for (const [, path] of text.matchAll(
      /\b(?:from|import|import\(|declare module)\s*['"](\.[^'"]+)\.js['"]/g,
    )) {
      found.add(join(dirname(file), `${path}.d.ts`))
    }
  }
  return found
}

const isPublished = ['pack', 'publish'].includes(process.env.npm_command ?? '')
const mayBeSkipped = process.argv.includes('--if-possible') && !isPublished

if (mayBeSkipped && (vite === undefined || typescript === undefined)) {
  process.stdout.write(
    'Nothing was built: that takes the development dependencies. The service runs without its pages.\n',
  )
} else {
  await build()
}
