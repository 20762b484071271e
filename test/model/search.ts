/** Looks at every world that can be reached, breadth first: the first violation found is one of the shortest. */

/** A step's words, the world after it, and the invariant that it broke, if any. */
export type Emit<World> = (words: string, after: World, broken?: string) => void

/** What a model consists of. Worlds are kept as strings, in which equal worlds are equal. */
export interface Space<World> {
  readonly first: World
  encode(world: World): string
  /** @param like a world whose generations the decoded one's are counted on from */
  decode(key: string, like: World): World
  moves(world: World, emit: Emit<World>): void
  /** The invariant that a world breaks, however it came about. */
  brokenIn(world: World): string | undefined
}

export interface Exploration {
  readonly states: number
  /** Longest shortest path, in steps. */
  readonly depth: number
  /** Whether every state that can be reached was seen. */
  readonly complete: boolean
  readonly violation?: { readonly invariant: string; readonly trace: readonly string[] }
}

export interface Limits {
  readonly states: number
  readonly milliseconds: number
  readonly progress?: (states: number, depth: number) => void
}

export function search<World>(space: Space<World>, limits: Limits): Exploration {
  const started = performance.now()
  const keys = [space.encode(space.first)]
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
    space.moves(space.decode(keys[at] as string, space.first), (words, after, broken) => {
      if (violation) return
      if (broken) violation = { invariant: broken, trace: traceTo(at, words) }
      const key = space.encode(after)
      if (violation || seen.has(key)) return
      seen.add(key)
      keys.push(key)
      parents.push(at)
      const invariant = space.brokenIn(after)
      if (invariant) violation = { invariant, trace: traceTo(keys.length - 1) }
    })
  }

  function traceTo(index: number, lastWords?: string): string[] {
    const path: string[] = []
    for (let i = index; i >= 0; i = parents[i] as number) path.unshift(keys[i] as string)
    return retell(space, path, lastWords)
  }

  const complete = at === keys.length && !violation
  const result = { states: keys.length, depth, complete }
  return violation ? { ...result, violation } : result
}

/** Walks the path again with generations counted up from the start, which a stored world has forgotten. */
function retell<World>(space: Space<World>, path: string[], lastWords?: string): string[] {
  const words: string[] = []
  let real = space.first
  for (const key of path.slice(1)) {
    let found: [string, World] | undefined
    space.moves(real, (said, after) => {
      if (!found && space.encode(after) === key) found = [said, after]
    })
    if (!found) throw new Error('the trace cannot be retold')
    words.push(found[0])
    real = space.decode(key, found[1])
  }
  if (lastWords !== undefined) {
    // The last step was refused a state of its own; find its words again with the true numbers.
    let said = lastWords
    space.moves(real, (candidate, _, broken) => {
      if (broken) said = candidate
    })
    words.push(said)
  }
  return foldTime(words)
}

export const TIME_PASSES = 'time passes'

function foldTime(words: string[]): string[] {
  const folded: string[] = []
  let waited = 0
  for (const said of [...words, '']) {
    if (said === TIME_PASSES) {
      waited++
      continue
    }
    if (waited > 0) folded.push(`${waited} ${waited === 1 ? 'unit' : 'units'} of time pass`)
    waited = 0
    if (said) folded.push(said)
  }
  return folded
}
