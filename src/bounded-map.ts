/**
 * A map that holds so much and no more: what was added first goes first.
 *
 * The order is kept in a ring of keys. A Map could be asked for its first key, but walks past all that was ever deleted
 * before it to find that: full and in use, it would take longer than a database.
 */
export interface BoundedMap<Value> {
  get(key: string): Value | undefined
  has(key: string): boolean
  /** Adds or replaces. What is replaced keeps its place in the line. */
  set(key: string, value: Value): void
  delete(key: string): void
  clear(): void
  readonly size: number
}

/** @param onEvicted told of what had to go to make room */
export function createBoundedMap<Value>(
  capacity: number,
  onEvicted: (key: string, value: Value) => void = () => {},
): BoundedMap<Value> {
  const entries = new Map<string, { value: Value; readonly place: number }>()
  const line: (string | undefined)[] = []
  let next = 0

  function takePlace(key: string): number {
    const place = next
    next = (next + 1) % capacity
    const evicted = line[place]
    line[place] = key
    if (evicted !== undefined) {
      const { value } = entries.get(evicted) as { value: Value }
      entries.delete(evicted)
      onEvicted(evicted, value)
    }
    return place
  }

  return {
    get: (key) => entries.get(key)?.value,
    has: (key) => entries.has(key),
    set(key, value) {
      const entry = entries.get(key)
      if (entry !== undefined) entry.value = value
      else entries.set(key, { value, place: takePlace(key) })
    },
    delete(key) {
      const entry = entries.get(key)
      if (entry === undefined) return
      line[entry.place] = undefined
      entries.delete(key)
    },
    clear() {
      entries.clear()
      line.length = 0
      next = 0
    },
    get size() {
      return entries.size
    },
  }
}
