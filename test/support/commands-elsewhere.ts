/**
 * The shell commands of documents that test/docs/commands.test.ts does not run: what runs them, or
 * why they are not run.
 */

export interface Elsewhere {
  readonly document: string
  /** How the block begins, or a single line of a block of alternatives. */
  readonly begins: string
  /** Whether `begins` means one line of the block alone. */
  readonly line?: true
  /** The file that runs the commands. */
  readonly by?: string
  /** What that file contains if it runs them. By default the name of the document. */
  readonly mentions?: string
  /** Why they are not run. */
  readonly because?: string
}

const lines = (document: string, rows: Readonly<Record<string, Partial<Elsewhere>>>): Elsewhere[] =>
  Object.entries(rows).map(([begins, row]) => ({ document, begins, line: true, ...row }))

const README_TEST = 'test/docs/readme.test.ts'
const SERVICES_TEST = 'test/docs/services.test.ts'
const PACKAGE_TEST = 'test/system/package/package.test.ts'
const MOVIES_TEST = 'test/system/services/movies-api.test.ts'
const STOPPING_TEST = 'test/plugins/stopping.test.ts'
const CI = '.ci/run'
const MINUTES = 'takes minutes and loads the machine'

export const ELSEWHERE: readonly Elsewhere[] = [
  ...lines('README.md', {
    'npm ci && npm start': { by: STOPPING_TEST, mentions: '`npm start`' },
    'npm run dev': { because: 'restarts the service on each change, and does not end' },
    'npm test': { by: CI, mentions: 'npm run check' },
    'npm run check': { by: CI, mentions: 'npm run check' },
    'npm run build': { by: 'package.json', mentions: '"prepare": "node tools/build.js' },
    'npm run check:package': { by: '.github/workflows/ci.yml', mentions: 'npm run check:package' },
    'npm run test:package': { by: CI, mentions: 'npm run test:package' },
    'npm run bench': { because: MINUTES },
    'npm run model': { because: MINUTES },
    'npm run soak': { because: MINUTES },
    'npm run profile': { because: MINUTES },
    'npm run pictures': { because: 'overwrites the pictures of the documents' },
  }),
  { document: 'README.md', begins: 'npm install tacit-auth fastify', by: PACKAGE_TEST, mentions: "'init'" },
  { document: 'README.md', begins: 'EMAIL="ada-', by: README_TEST },
  { document: 'README.md', begins: 'RATE_LIMIT_MAX=', by: README_TEST },
  { document: 'README.md', begins: 'curl -H', by: README_TEST },
  ...lines('docs/performance.md', {
    'npm run bench': { because: MINUTES },
    'npm run bench -- --only sign-ins,latency': { because: MINUTES },
    'npm run bench -- --only sessions': { because: MINUTES },
    'npm run bench -- --only rows': { because: MINUTES },
    'npm run bench -- --only pgbench': { because: MINUTES },
    'npm run bench -- --only memory': { because: MINUTES },
    'npm ci --prefix bench/peers': { because: 'downloads other libraries' },
    'npx node bench/against.ts FOLDER': { because: MINUTES },
    'npm run profile': { because: MINUTES },
    'npm run profile -- --refresh': { because: MINUTES },
  }),
  { document: 'docs/services.md', begins: 'curl http://localhost:3000/.well-known', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'npx tacit keys list', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'npx tacit keys rotate --compromised', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'npx tacit client create', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'curl -s -u', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'curl -s -d', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'npx tacit client list', by: SERVICES_TEST },
  { document: 'docs/services.md', begins: 'curl -sN -u', by: SERVICES_TEST },
  {
    ...{ document: 'examples/README.md', begins: 'TRUSTED_ORIGINS=http://localhost:5173' },
    by: 'test/system/browser/other-origins.test.ts',
  },
  {
    ...{ document: 'examples/movies-api/README.md', begins: 'npm run auth' },
    ...{ by: PACKAGE_TEST, mentions: "['run', 'auth']" },
  },
  {
    ...{ document: 'examples/movies-api/README.md', begins: 'npm start' },
    ...{ by: PACKAGE_TEST, mentions: "movies.start('npm', ['start']" },
  },
  { document: 'examples/movies-api/README.md', begins: 'AUTH=', by: MOVIES_TEST },
  { document: 'examples/movies-api/README.md', begins: 'curl -i -X PATCH', by: MOVIES_TEST },
  {
    ...{ document: 'examples/movies-api/README.md', begins: 'npm run tacit -- user' },
    ...{ by: MOVIES_TEST, mentions: "'npm run tacit'" },
  },
  {
    ...{ document: 'examples/movies-api/README.md', begins: 'npm run tacit -- client' },
    ...{ by: MOVIES_TEST, mentions: "'npm run tacit'" },
  },
  {
    ...{ document: 'examples/verify-elsewhere/README.md', begins: 'apt-get install' },
    ...{ by: CI, mentions: 'python3-jwt python3-cryptography' },
  },
  {
    ...{ document: 'examples/verify-elsewhere/README.md', begins: 'AUTH=' },
    by: 'test/system/services/verify-elsewhere.test.ts',
  },
]
