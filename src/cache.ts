import { LRUCache } from 'lru-cache'

/**
 * Returns a map that holds at most `capacity` entries: the entry that was used least recently goes
 * first. The size of each entry is 1. lru-cache would allocate for `max` entries at once, which
 * took 16 ms of the start for each cache of 100,000.
 * @param onEvicted called with each entry that makes room
 */
export const createCache = <Value extends object>(
  capacity: number,
  onEvicted: (value: Value, key: string) => void = () => {},
): LRUCache<string, Value> =>
  new LRUCache<string, Value>({
    maxSize: capacity,
    sizeCalculation: () => 1,
    dispose(value, key, reason) {
      if (reason === 'evict') onEvicted(value, key)
    },
  })
