import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, type TestApp } from './app.ts'

/** The blocks of code of a document, from the root of the repository, below a heading. */
export function codeBelow(document: string, heading: string): string[] {
  const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8')
  const [, rest = ''] = text.split(`\n## ${heading}\n`)
  const [section = ''] = rest.split('\n## ')
  const blocks = [...section.matchAll(/^```(?:js|python|sh)\n(.*?)^```$/gms)].map(([, code]) => String(code))
  if (blocks.length === 0) throw new Error(`${document} has no code below ${heading}`)
  return blocks
}

/** The program of docs/clients.md below a heading. */
export const documentedClient = (heading: string): string =>
  codeBelow('docs/clients.md', heading)[0] as string

/** The service, which listens. `address` is what a client is told. */
export async function listeningService(
  t: Test,
  environment: Partial<Environment> = {},
): Promise<TestApp & { readonly address: string }> {
  const service = await buildApp(t, { environment, neverBusy: true })
  await service.app.listen({ host: 'localhost', port: 0 })
  const { port } = service.app.server.address() as AddressInfo
  return { ...service, address: `http://localhost:${port}` }
}

/** Long enough that an access token has expired and its generation has settled. */
export const EXPIRY_SECONDS = 16 * 60

/** The generation of each session of an account that is alive. */
export async function generationsOf({ app, clock }: TestApp, email: string): Promise<number[]> {
  const { accounts, store } = internalsOf(app)
  const user = await accounts.findByEmail(email)
  const sessions = await store.listSessions(user?.id ?? '', clock.now())
  return sessions.map(({ generation }) => generation)
}
