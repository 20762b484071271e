import { decode, encode } from './encoding.ts'
import type { Environment } from './environment.ts'
import { brokenIn } from './invariants.ts'
import { moves } from './moves.ts'
import type { Protocol } from './protocol.ts'
import type { World } from './world.ts'

export interface Exploration {
  readonly states: number
  /** Longest shortest path, in steps. */
  readonly depth: number
  /** Whether every state that can be reached was seen. */
  readonly complete: boolean
  readonly violation?: { readonly invariant: string; readonly trace: readonly string[] }
  readonly elapsedMs: number
}

export interface Limits {
  readonly states: number
  readonly milliseconds: number
  readonly progress?: (states: number, depth: number) => void
}

/** Breadth first, so that the first violation found is one of the shortest. */
export function explore(protocol: Protocol, env: Environment, limits: Limits): Exploration {
  const started = performance.now()
  const first = encode(signedIn(env), env)
  const keys = [first]
  const parents = [-1]
  const seen = new Set(keys)
  let depth = 0
  let layerEnds = 1
  let violation: Exploration['violation']
  let at = 0

  for (; at < keys.length && !violation; at++) {
    if (at === layerEnds) {
      depth++
      layerEnds = keys.length
    }
    if (at % 65_536 === 0) {
      limits.progress?.(keys.length, depth)
      if (keys.length >= limits.states || performance.now() - started > limits.milliseconds) break
    }
    const world = decode(keys[at] as string)
    moves(world, protocol, env, (words, after, broken) => {
      if (violation) return
      if (broken) violation = { invariant: broken, trace: traceTo(at, words) }
      const key = encode(after, env)
      if (violation || seen.has(key)) return
      seen.add(key)
      keys.push(key)
      parents.push(at)
      const invariant = brokenIn(after, protocol, env)
      if (invariant) violation = { invariant, trace: traceTo(keys.length - 1) }
    })
  }

  function traceTo(index: number, lastWords?: string): string[] {
    const path: string[] = []
    for (let i = index; i >= 0; i = parents[i] as number) path.unshift(keys[i] as string)
    return retell(path, protocol, env, lastWords)
  }

  const complete = at === keys.length && !violation
  const result = { states: keys.length, depth, complete, elapsedMs: performance.now() - started }
  return violation ? { ...result, violation } : result
}

/** Walks the path again with generations counted up from the start, which a stored world has forgotten. */
function retell(path: string[], protocol: Protocol, env: Environment, lastWords?: string): string[] {
  const words: string[] = []
  let real = signedIn(env)
  for (const key of path.slice(1)) {
    let found: [string, World] | undefined
    moves(real, protocol, env, (said, after) => {
      if (!found && encode(after, env) === key) found = [said, after]
    })
    if (!found) throw new Error('the trace cannot be retold')
    words.push(found[0])
    real = decode(key, found[1].row.generation)
  }
  if (lastWords !== undefined) {
    // The last step was refused a state of its own; find its words again with the true numbers.
    let said = lastWords
    moves(real, protocol, env, (candidate, _, broken) => {
      if (broken) said = candidate
    })
    words.push(said)
  }
  return foldTime(words)
}

function foldTime(words: string[]): string[] {
  const folded: string[] = []
  let waited = 0
  for (const said of [...words, '']) {
    if (said === 'time passes') {
      waited++
      continue
    }
    if (waited > 0) folded.push(`${waited} ${waited === 1 ? 'unit' : 'units'} of time pass`)
    waited = 0
    if (said) folded.push(said)
  }
  return folded
}

/** A session in full use, its first token long since received and proved. */
function signedIn(env: Environment): World {
  const long = env.settle + env.grace + env.accessTtl + env.processing + env.clockStep
  const cookies = { refresh: 10, access: 10, accessExpiresAt: 0 }
  return {
    now: 0,
    row: {
      generation: 10,
      rotatedAt: -long,
      handedAt: null,
      usedAt: -long,
      fallbacks: 0,
      confirmedAt: -long,
      revoked: false,
    },
    past: [],
    jar: cookies,
    disk: cookies,
    dirtyFor: -1,
    requests: [],
    responses: [],
    thief: null,
    provenAt: null,
    loggedOut: false,
    crashes: env.crashes,
    rollbacks: env.rollbacks,
    clockSteps: env.clockSteps,
    explicitRefreshes: env.explicitRefreshes,
  }
}
