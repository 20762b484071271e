/** Looks at every world that can be reached, breadth first: the first violation found is one of the shortest. */
import { type Reader, Scratch, States } from './states.ts'

/** A step's words, the world after it, and the invariant that it broke, if any. */
export type Emit<World> = (words: string, after: World, broken?: string) => void

/** What a model consists of. Worlds are kept as bytes, in which equal worlds are equal. */
export interface Space<World> {
  readonly first: World
  encode(world: World, to: Scratch): void
  /** @param like a world whose generations the decoded one's are counted on from */
  decode(from: Reader, like: World): World
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
  const scratch = new Scratch()
  const states = new States()
  const encode = (world: World) => {
    scratch.length = 0
    space.encode(world, scratch)
    return scratch
  }
  states.add(encode(space.first))
  const parents = [-1]
  let depth = 0
  let layerEnds = 1
  let violation: Exploration['violation']
  let at = 0

  for (; at < states.count && !violation; at++) {
    if (at === layerEnds) {
      depth++
      layerEnds = states.count
    }
    if (at % 65_536 === 0) {
      limits.progress?.(states.count, depth)
      if (states.count >= limits.states || performance.now() - started > limits.milliseconds) break
    }
    space.moves(space.decode(states.read(at), space.first), (words, after, broken) => {
      if (violation) return
      if (broken) {
        violation = { invariant: broken, trace: retell(pathTo(at), words) }
        return
      }
      if (!states.add(encode(after))) return
      parents.push(at)
      const invariant = space.brokenIn(after)
      if (invariant) violation = { invariant, trace: retell(pathTo(states.count - 1)) }
    })
  }

  function pathTo(state: number): number[] {
    const path: number[] = []
    for (let i = state; i >= 0; i = parents[i] as number) path.unshift(i)
    return path
  }

  /** Walks the path again with generations counted up from the start, which a stored world has forgotten. */
  function retell(path: number[], lastWords?: string): string[] {
    const words: string[] = []
    let real = space.first
    for (const state of path.slice(1)) {
      let found: [string, World] | undefined
      space.moves(real, (said, after) => {
        if (!found && states.isAt(state, encode(after))) found = [said, after]
      })
      if (!found) throw new Error('the trace cannot be retold')
      words.push(found[0])
      real = space.decode(states.read(state), found[1])
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

  const complete = at === states.count && !violation
  const result = { states: states.count, depth, complete }
  return violation ? { ...result, violation } : result
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
