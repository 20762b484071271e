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
  const values = new Map<string, Value>()
  const line: string[] = []
  let next = 0

  /** The place in the line goes to a new key. Who stood there may be gone, and back elsewhere: then it goes a little early. */
  function takePlace(key: string): void {
    const before = line[next]
    line[next] = key
    next = (next + 1) % capacity
    const evicted = before === undefined ? undefined : values.get(before)
    if (before === undefined || evicted === undefined) return
    values.delete(before)
    onEvicted(before, evicted)
  }

  return {
    get: (key) => values.get(key),
    has: (key) => values.has(key),
    set(key, value) {
      if (!values.has(key)) takePlace(key)
      values.set(key, value)
    },
    delete: (key) => void values.delete(key),
    clear() {
      values.clear()
      line.length = 0
      next = 0
    },
    get size() {
      return values.size
    },
  }
}
