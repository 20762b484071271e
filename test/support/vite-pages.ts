import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Teardown } from './app.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const EXAMPLES = new URL('../../examples/', import.meta.url)

/** The block of examples/README.md that begins with this. */
export function printed(beginning: string): string {
  const text = readFileSync(new URL('README.md', EXAMPLES), 'utf8')
  const block = text.split('```').find((block) => block.replace(/^\w+\n/, '').startsWith(beginning))
  if (block === undefined) throw new Error(`examples/README.md has no block that begins with ${beginning}`)
  return block.replace(/^\w+\n/, '')
}

export interface VitePages {
  readonly origin: string
  /** Starts Vite for the pages. @param config the content of the object in vite.config.ts */
  serve(config: string, environment?: Readonly<Record<string, string>>): Promise<void>
}

/** Pages of another application under development with Vite, with a copy of api.ts alone. */
export async function vitePages(t: Teardown): Promise<VitePages> {
  const root = temporaryDirectory(t)
  const file = (name: string, text: string): void => writeFileSync(join(root, name), text)
  file(
    'index.html',
    '<!doctype html><title>Ours</title><p></p><script type="module" src="/main.ts"></script>',
  )
  file('api.ts', readFileSync(new URL('spa/src/api.ts', EXAMPLES), 'utf8'))
  file(
    'main.ts',
    `import { call, onSignedOut } from './api.ts'
     const say = (text) => { document.querySelector('p').textContent = text }
     onSignedOut(() => say('nobody is signed in'))
     Object.assign(window, { call })
     call('GET', '/me').then(({ user }) => say(user.email), () => {})`,
  )
  // The port is open before Vite starts: the service needs the port, and Vite needs the service's.
  const server = createServer()
  await once(server.listen(0, 'localhost'), 'listening')
  t.teardown(() => server.close().closeAllConnections())

  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async serve(config, environment = {}) {
      file('vite.config.ts', `export default {\n${config}}\n`)
      file(
        '.env',
        Object.entries(environment)
          .map((pair) => pair.join('='))
          .join('\n'),
      )
      const vite = await startVite(root)
      t.teardown(() => vite.close())
      server.on('request', vite.middlewares)
    },
  }
}

interface Vite {
  readonly middlewares: (...request: unknown[]) => void
  close(): Promise<void>
}

/** The Vite of the example. */
async function startVite(root: string): Promise<Vite> {
  const path = createRequire(fileURLToPath(new URL('spa/package.json', EXAMPLES))).resolve('vite')
  const { createServer } = await import(pathToFileURL(path).href)
  return createServer({
    root,
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'error',
    server: { middlewareMode: true, hmr: false, ws: false },
  })
}
