import { readFileSync } from 'node:fs'

export interface Documentation {
  readonly text: string
  /** The rows of the tables with such a word in their head, as their cells. */
  tables(word: string): string[][]
}

/** A file of docs/, whose tables are held to what the service does. */
export function documentation(name: string): Documentation {
  const text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
  return {
    text,
    tables: (word) =>
      text
        .split('\n\n')
        .filter((block) => block.startsWith('|') && (block.split('\n')[0] as string).includes(word))
        .flatMap((block) => block.split('\n').slice(2).map(cellsOf)),
  }
}

const cellsOf = (row: string): string[] =>
  row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** What is set as code in a cell. */
export const codeIn = (cell = ''): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string)
