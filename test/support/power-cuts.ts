/**
 * Files as a disk has them when the power fails, by the system calls that strace saw: a write
 * counts from the end of an fsync or fdatasync that began after it, and not before.
 */

/** The moment at which the first byte of an answer leaves. */
export interface PowerCut {
  /** The groups that the expression for answers captured. */
  readonly answer: string
  /** The content of a file after the power cut. */
  after(path: string): Buffer
}

interface Change {
  /** Grows with each change. */
  readonly number: number
  carryOut(content: Content): void
}

interface File {
  readonly current: Content
  readonly onDisk: Content
  unsynced: Change[]
}

interface Call {
  readonly text: string
  /** The number of the newest change as it began. */
  readonly newestChange: number
}

const LINE = /^(\d+) +(?:<\.\.\. \w+ resumed>)?(.*?)( <unfinished \.\.\.>)?$/
const CALL = /^(\w+)\(\d+<([^>]*)>(?:, (.*))?\) += (\d+)/
const SENT = /^(?:write|writev|sendto|sendmsg)\(\d+<socket:/

/**
 * Carries out the changes of a trace, and stops at each answer.
 * @param before what the files held before the process started
 * @param answers what strace prints of those that matter, out of everything that is sent
 * @returns what the files hold in the end, while the machine still runs
 */
export function* powerCuts(
  trace: string,
  before: Readonly<Record<string, Buffer>>,
  answers: RegExp,
): Generator<PowerCut, Record<string, Buffer>> {
  const files = new Map(Object.entries(before).map(([path, content]) => [path, file(content)]))
  const begun = new Map<string, Call>()
  let newestChange = 0

  function carryOut({ text, newestChange: asItBegan }: Call): void {
    const [, name = '', path = '', rest = ''] = CALL.exec(text) ?? []
    const changed = files.get(path)
    if (changed === undefined) return
    if (name === 'fsync' || name === 'fdatasync') {
      sync(changed, asItBegan)
      return
    }
    newestChange += 1
    const change = { number: newestChange, carryOut: changeOf(name, rest) }
    change.carryOut(changed.current)
    changed.unsynced.push(change)
  }

  for (const line of trace.split('\n')) {
    const [, thread = '', part = '', isUnfinished] = LINE.exec(line) ?? []
    const earlier = begun.get(thread)
    const call = { newestChange: earlier?.newestChange ?? newestChange, text: (earlier?.text ?? '') + part }
    const answer = earlier === undefined && SENT.test(part) ? answers.exec(part)?.[1] : undefined
    if (answer !== undefined) yield { answer, after: (path) => (files.get(path) as File).onDisk.copy() }
    if (isUnfinished) begun.set(thread, call)
    else {
      begun.delete(thread)
      carryOut(call)
    }
  }
  return Object.fromEntries([...files].map(([path, { current }]) => [path, current.copy()]))
}

const file = (content: Buffer): File => ({
  current: new Content(content),
  onDisk: new Content(content),
  unsynced: [],
})

function sync(changed: File, newest: number): void {
  for (const { number, carryOut } of changed.unsynced) if (number <= newest) carryOut(changed.onDisk)
  changed.unsynced = changed.unsynced.filter(({ number }) => number > newest)
}

function changeOf(name: string, rest: string): Change['carryOut'] {
  if (name === 'ftruncate') return (content) => content.resize(Number(rest))
  const [, text, offset] = /^"((?:[^"\\]|\\.)*)", \d+, (\d+)$/.exec(rest) ?? []
  if (name !== 'pwrite64' || text === undefined)
    throw new Error(`cannot be replayed: ${name}(${rest.slice(-80)}`)
  const data = bytesOf(text)
  return (content) => content.write(data, Number(offset))
}

/** The content of a file, with room to grow. */
class Content {
  #bytes: Buffer
  #length: number

  constructor(bytes: Buffer) {
    this.#bytes = Buffer.from(bytes)
    this.#length = bytes.length
  }

  /** Zeros fill new space. */
  resize(length: number): void {
    if (length > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes.subarray(0, this.#length), Buffer.alloc(length)])
    }
    this.#bytes.fill(0, Math.min(length, this.#length))
    this.#length = length
  }

  write(data: Buffer, offset: number): void {
    if (offset + data.length > this.#length) this.resize(offset + data.length)
    data.copy(this.#bytes, offset)
  }

  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' }

/** A string as strace prints it. */
const bytesOf = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\([0-7]{1,3}|.)/g, (_, code: string) =>
      /^[0-7]/.test(code) ? String.fromCharCode(Number.parseInt(code, 8)) : (ESCAPES[code] ?? code),
    ),
    'latin1',
  )
