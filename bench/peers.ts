/**
 * Other libraries that answer GET /me for a caller who is signed in: bench/peers/ is a package of its own.
 */
import { existsSync } from 'node:fs'
import { createClient, expect } from './http.ts'
import type { Server } from './process.ts'
import { reply } from './reply.ts'
import { startScript } from './servers.ts'

export interface Peer {
  readonly name: string
  readonly server: Server
  /** What a request of a signed-in caller carries. */
  readonly headers: Record<string, string>
}

const PEERS: readonly { name: string; script: string; environment?: NodeJS.ProcessEnv }[] = [
  { name: '@fastify/jwt alone', script: 'fastify-jwt.js' },
  { name: '@fastify/session on SQLite', script: 'fastify-session.js' },
  { name: 'better-auth on Fastify with SQLite', script: 'better-auth.js' },
  {
    name: 'better-auth with its cookie cache',
    script: 'better-auth.js',
    environment: { COOKIE_CACHE: 'true' },
  },
  { name: 'Express with passport-jwt', script: 'express-passport-jwt.js' },
]

/** Starts them, and makes sure that they let nobody in who is not signed in. None where they are not installed. */
export async function startPeers(): Promise<readonly Peer[]> {
  if (!existsSync(new URL('peers/node_modules', import.meta.url))) {
    console.error('Without other libraries: `npm ci --prefix bench/peers` installs them.')
    return []
  }
  const peers: Peer[] = []
  try {
    for (const peer of PEERS) peers.push(await startPeer(peer))
  } catch (error) {
    await Promise.all(peers.map(({ server }) => server.stop()))
    throw error
  }
  return peers
}

async function startPeer({ name, script, environment = {} }: (typeof PEERS)[number]): Promise<Peer> {
  const server = await startScript(`bench/peers/${script}`, environment)
  try {
    return { name, server, headers: await signIn(server) }
  } catch (error) {
    await server.stop()
    throw new Error(`${name} cannot be compared`, { cause: error })
  }
}

async function signIn(server: Server): Promise<Record<string, string>> {
  const client = createClient(server.url)
  const { body } = await expect(client, 200, { path: '/sign-in', method: 'POST' })
  const headers: Record<string, string> = JSON.parse(body)
  const answer = await expect(client, 200, { path: '/me', headers })
  if (answer.body.length !== JSON.stringify(reply).length) {
    throw new Error(`an answer of another size: ${answer.body}`)
  }
  await expect(client, 401, { path: '/me' })
  const spoilt = Object.entries(headers).map(([key, value]) => [key, spoil(value)])
  await expect(client, 401, { path: '/me', headers: Object.fromEntries(spoilt) })
  client.close()
  return headers
}

/** Changes a character in the middle of each long run of characters, where it counts. */
const spoil = (value: string): string =>
  value.replace(/[\w-]{16,}/g, (run) => {
    const middle = run.length >> 1
    return `${run.slice(0, middle)}${run[middle] === 'A' ? 'B' : 'A'}${run.slice(middle + 1)}`
  })
