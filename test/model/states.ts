/**
 * States as bytes, so that millions of them fit into memory and none of them is an object: a hash table with open
 * addressing. A Set of strings took more than half of the time, to make and hash the strings.
 */

/** Where a state is written before it is kept. */
export class Scratch {
  readonly bytes = new Uint8Array(4_096)
  length = 0

  /** A number of one byte: -63 to 191. */
  number(n: number): void {
    if (n <= -ZERO || n > 255 - ZERO) throw new RangeError(`not a number of one byte: ${n}`)
    this.bytes[this.length++] = n + ZERO
  }

  optional(n: number | null): void {
    if (n === null) this.byte(NULL)
    else this.number(n)
  }

  byte(n: number): void {
    this.bytes[this.length++] = n
  }

  /** A text of ASCII characters, which ends the state. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i))
  }

  /** Puts the last `count` items of `size` bytes each into an order that does not depend on who wrote them first. */
  sort(count: number, size: number): void {
    const start = this.length - count * size
    for (let item = start + size; item < this.length; item += size) {
      for (let at = item; at > start && this.#isBefore(at, at - size, size); at -= size) {
        for (let i = 0; i < size; i++) {
          const byte = this.bytes[at + i] as number
          this.bytes[at + i] = this.bytes[at - size + i] as number
          this.bytes[at - size + i] = byte
        }
      }
    }
  }

  #isBefore(a: number, b: number, size: number): boolean {
    for (let i = 0; i < size; i++) {
      const difference = (this.bytes[a + i] as number) - (this.bytes[b + i] as number)
      if (difference !== 0) return difference < 0
    }
    return false
  }
}

/** Added to every number, which may be negative. */
const ZERO = 64
const NULL = 0

/** Reads what a scratch has written, in the same order. */
export class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  number(): number {
    return this.byte() - ZERO
  }

  optional(): number | null {
    const byte = this.byte()
    return byte === NULL ? null : byte - ZERO
  }

  byte(): number {
    return this.#bytes[this.#at++] as number
  }

  /** What is left, as a text. */
  text(): string {
    return Buffer.from(this.#bytes.subarray(this.#at)).toString('latin1')
  }
}

/** Every state that was seen, by a number that counts from 0. */
export class States {
  count = 0
  #bytes = new Uint8Array(1 << 16)
  #hashes = new Uint32Array(1 << 12)
  /** Where each state begins; the next one's beginning is its end. */
  #starts = new Uint32Array(1 << 12)
  /** Numbers of states, plus one, by hash. Its length is a power of two. */
  #table = new Uint32Array(1 << 13)

  /** @returns false when the state was there already */
  add({ bytes, length }: Scratch): boolean {
    const mask = this.#table.length - 1
    const sum = hash(bytes, length)
    let slot = sum & mask
    for (; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      const state = (this.#table[slot] as number) - 1
      if (this.#hashes[state] === sum && this.#equals(state, bytes, length)) return false
    }
    this.#table[slot] = this.count + 1
    this.#hashes[this.count] = sum
    const start = this.#starts[this.count] as number
    if (start + length > this.#bytes.length) this.#bytes = grown(this.#bytes)
    for (let i = 0; i < length; i++) this.#bytes[start + i] = bytes[i] as number
    this.count++
    if (this.count === this.#starts.length) {
      this.#starts = grown(this.#starts)
      this.#hashes = grown(this.#hashes)
    }
    this.#starts[this.count] = start + length
    if (this.count * 2 > this.#table.length) this.#rehash()
    return true
  }

  read(state: number): Reader {
    return new Reader(this.#bytes.subarray(this.#starts[state], this.#starts[state + 1]))
  }

  isAt(state: number, { bytes, length }: Scratch): boolean {
    return this.#equals(state, bytes, length)
  }

  #equals(state: number, bytes: Uint8Array, length: number): boolean {
    const start = this.#starts[state] as number
    if ((this.#starts[state + 1] as number) - start !== length) return false
    for (let i = 0; i < length; i++) if (this.#bytes[start + i] !== bytes[i]) return false
    return true
  }

  #rehash(): void {
    const table = new Uint32Array(this.#table.length * 2)
    const mask = table.length - 1
    for (let state = 0; state < this.count; state++) {
      let slot = (this.#hashes[state] as number) & mask
      while (table[slot] !== 0) slot = (slot + 1) & mask
      table[slot] = state + 1
    }
    this.#table = table
  }
}

/** FNV-1a, and a last step of MurmurHash3: the low bits have to depend on every byte. */
function hash(bytes: Uint8Array, length: number): number {
  let h = 0x811c9dc5
  for (let i = 0; i < length; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return (h ^ (h >>> 13)) >>> 0
}

function grown<Numbers extends Uint8Array | Uint32Array>(numbers: Numbers): Numbers {
  const larger = new (numbers.constructor as new (length: number) => Numbers)(numbers.length * 2)
  larger.set(numbers)
  return larger
}
